// SPDX-License-Identifier: Apache-2.0
/** A link or button with data-dialog="id" opens that dialog; without JavaScript the link leads to a page that asks. */
document.addEventListener("click", (event) => {
  const opener = event.target instanceof Element ? event.target.closest("[data-dialog]") : null;
  const dialog = opener && document.getElementById(opener.getAttribute("data-dialog") ?? "");
  if (!(dialog instanceof HTMLDialogElement)) return;
  event.preventDefault();
  dialog.showModal();
});
