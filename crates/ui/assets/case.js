"use strict";
// Keeps the page of a case as it is on the server: an event, or every 15 seconds without events.
const events = document.getElementById("case").dataset.events;
const every = 15000;
let polling = null;
let busy = false;
let again = false;

// Beside what is replaced, so that a reader who listens hears it.
const say = (words) => {
  document.getElementById("live").textContent = words;
};
const opened = () => [...document.querySelectorAll("details[open]")].map((one) => place(one));
// A folded table is known by the table in it.
const place = (details) => details.querySelector("[id]")?.id ?? "";

const reload = async () => {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // In a demo: what the story's clock says.
    const told = page.getElementById("told");
    if (told) document.getElementById("told")?.replaceWith(told);
    const next = page.querySelector("main");
    const now = document.querySelector("main");
    // The words "moved 40 seconds ago" age; they alone are no news.
    const figures = (main) => main.textContent.replace(/\d+ \w+ ago/g, "");
    if (!next || figures(next) === figures(now)) return;
    const unfolded = new Set(opened());
    const focus = document.activeElement?.id;
    now.replaceChildren(...next.childNodes);
    for (const details of document.querySelectorAll("details")) {
      details.open = unfolded.has(place(details));
    }
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
    say("The evidence has moved. The page shows it.");
  } catch {
    say("The server does not answer. The page shows what it showed last.");
  } finally {
    busy = false;
    if (again) {
      again = false;
      reload();
    }
  }
};
const poll = () => {
  polling ??= setInterval(reload, every);
};
const listen = () => {
  if (!window.EventSource) {
    poll();
    return;
  }
  const source = new EventSource(events);
  source.onmessage = reload;
  source.onopen = () => {
    clearInterval(polling);
    polling = null;
  };
  // The browser tries again by itself where it may; until then the page asks.
  source.onerror = poll;
};
listen();
