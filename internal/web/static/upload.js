// SPDX-License-Identifier: Apache-2.0
// A form with data-upload takes a dropped file and shows how much of it has been sent. Without this module it is a form.

document.addEventListener("dragover", (event) => {
  const zone = zoneOf(event);
  if (!zone) return;
  event.preventDefault();
  zone.classList.add("over");
});

document.addEventListener("dragleave", (event) => {
  zoneOf(event)?.classList.remove("over");
});

document.addEventListener("drop", (event) => {
  const zone = zoneOf(event);
  const input = zone?.querySelector("input[type=file]");
  if (!zone || !(input instanceof HTMLInputElement) || !event.dataTransfer) return;
  event.preventDefault();
  zone.classList.remove("over");
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !("upload" in form.dataset)) return;
  if (event.defaultPrevented) return; // it is on its way
  event.preventDefault();
  send(form);
});

window.addEventListener("popstate", () => location.reload());

/** @param {Event} event */
function zoneOf(event) {
  return event.target instanceof Element ? event.target.closest(".drop") : null;
}

/**
 * Sends form, then shows the page that came back, as the browser would have. If the connection breaks, the browser sends
 * the form itself and tells what is wrong.
 * @param {HTMLFormElement} form
 */
function send(form) {
  const data = new FormData(form); // before the fields are disabled: disabled ones are not sent
  const progress = form.querySelector("progress");
  const fields = form.querySelector("fieldset");
  if (fields) fields.disabled = true;
  progress?.closest("[hidden]")?.removeAttribute("hidden");

  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.responseType = "document";
  request.upload.addEventListener("progress", (event) => {
    if (progress && event.lengthComputable) progress.value = event.loaded / event.total;
    if (progress && event.loaded === event.total) progress.removeAttribute("value"); // sent; now it is being read
  });
  request.addEventListener("load", () => show(request));
  request.addEventListener("error", () => {
    if (fields) fields.disabled = false;
    form.submit();
  });
  request.send(data);
}

/** @param {XMLHttpRequest} request */
function show(request) {
  const main = request.responseXML?.querySelector("main");
  if (!main) {
    location.assign(request.responseURL);
    return;
  }
  if (request.status < 400 && request.responseURL !== location.href) history.pushState(null, "", request.responseURL);
  document.title = request.responseXML?.title ?? document.title;
  document.querySelector("main")?.replaceWith(main);
  const toasts = request.responseXML?.querySelectorAll("[data-toast]") ?? [];
  document.querySelector("[data-toasts]")?.append(...toasts);
  main.tabIndex = -1;
  main.focus();
  window.scrollTo(0, 0);
}
