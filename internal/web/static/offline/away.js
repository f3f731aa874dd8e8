// SPDX-License-Identifier: Apache-2.0
// The neutral page: this month's calendar.

const now = new Date();
const locale = document.documentElement.lang;
const first = new Date(now.getFullYear(), now.getMonth(), 1);
const month = document.querySelector("[data-month]");
if (month) month.textContent = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" }).format(now);

const days = document.querySelector("[data-days]");
const weekday = new Intl.DateTimeFormat(locale, { weekday: "narrow" });

/** @param {string} text @param {boolean} [today] */
function cell(text, today = false) {
  const span = document.createElement("span");
  span.textContent = text;
  if (today) span.className = "today";
  days?.append(span);
}

for (let i = 0; i < 7; i++) cell(weekday.format(new Date(2023, 0, 1 + i))); // a Sunday
for (let i = 0; i < first.getDay(); i++) cell("");
const last = new Date(now.getFullYear(), now.getMonth() + 1, 0).getDate();
for (let d = 1; d <= last; d++) cell(String(d), d === now.getDate());
