"use strict";
const form = document.getElementById("review");
const columns = ["report", "received_at", "called_at", "customer", "email", "phone", "quoted_ticket", "confirmed"];
// A spreadsheet takes a cell that begins so for a formula.
const cell = (text) => {
  const safe = /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
  return /[",\r\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
};
const value = (card, name) => {
  const fields = card.querySelectorAll("[data-column=" + name + "]");
  if (name !== "confirmed") return fields[0].value.trim();
  return [...fields].find((field) => field.checked)?.value ?? "";
};
const rows = () => [...form.querySelectorAll("fieldset.card")]
  .map((card) => columns.map((name) => cell(value(card, name))).join(","));
const decided = () => {
  const cards = [...form.querySelectorAll("fieldset.card")];
  const done = cards.filter((card) => value(card, "confirmed") !== "").length;
  document.getElementById("decided").textContent = done + " of " + cards.length + " decided";
};
form.addEventListener("change", decided);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = [columns.join(","), ...rows()].join("\r\n") + "\r\n";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = "review.csv";
  link.click();
});
document.getElementById("save").hidden = false;
document.getElementById("by-hand").hidden = true;
decided();
