// SPDX-License-Identifier: Apache-2.0
// The wall chart: a card opens over the chart instead of on a page of its own, and where the columns are contact persons a card may
// be dragged from one to another. The same is done by the form on the card, with the keyboard or without this script.

const dialog = document.getElementById("chart-dialog");
const into = dialog?.querySelector("[data-into]");

/** @param {string} id */
const address = (id) => `/chart/person/${id}?${new URLSearchParams({ path: location.pathname + location.search })}`;

document.addEventListener("click", async (event) => {
  const card = event.target instanceof Element ? event.target.closest("[data-card]") : null;
  if (!card || !(dialog instanceof HTMLDialogElement) || !into || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const there = address(card.getAttribute("data-card") ?? "");
  try {
    const answer = await fetch(there);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const person = page.querySelector("[data-person]");
    if (!answer.ok || !person) throw new Error(String(answer.status));
    into.replaceChildren(person);
    dialog.showModal();
  } catch {
    location.assign(there); // the page says what is wrong
  }
});

dialog?.addEventListener("click", (event) => {
  const back = event.target instanceof Element ? event.target.closest("a.back") : null;
  if (event.target !== dialog && !back) return;
  event.preventDefault();
  if (dialog instanceof HTMLDialogElement) dialog.close();
});

/** What the slider stands at, beside it. */
const weeks = document.querySelector("[data-weeks]");
weeks?.addEventListener("input", () => {
  const out = weeks.parentElement?.querySelector("output");
  if (out && weeks instanceof HTMLInputElement) out.textContent = weeks.value === "0" ? "0" : `−${weeks.value}`;
});

const moves = document.querySelector("[data-chart-moves]");
if (moves) {
  let dragged = "";
  for (const card of moves.querySelectorAll("[data-card]")) card.setAttribute("draggable", "true");
  moves.addEventListener("dragstart", (event) => {
    const card = event.target instanceof Element ? event.target.closest("[data-card]") : null;
    dragged = card?.getAttribute("data-card") ?? "";
  });
  /** @param {Event} event */
  const column = (event) => (event.target instanceof Element ? event.target.closest("[data-leader]") : null);
  moves.addEventListener("dragover", (event) => {
    if (!dragged || !column(event)) return;
    event.preventDefault();
    for (const other of moves.querySelectorAll(".over")) other.classList.remove("over");
    column(event)?.classList.add("over");
  });
  moves.addEventListener("drop", (event) => {
    const to = column(event);
    if (!dragged || !to) return;
    event.preventDefault();
    const form = document.createElement("form");
    form.method = "post";
    form.action = `/chart/person/${dragged}/contact`;
    for (const [name, value] of [["leader", to.getAttribute("data-leader") ?? ""], ["path", location.pathname + location.search]]) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  });
}
