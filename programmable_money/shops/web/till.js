// SPDX-License-Identifier: EUPL-1.2
// Counts the seconds that are left, asks every second whether the wallet has answered, and whether a payment that is on
// its way has arrived. Without it a button does, or loading the page again.
"use strict";
const EVERY = 1000;

const countDown = () => {
  const counter = document.querySelector("[data-seconds]");
  if (!counter) return;
  const until = Date.now() + 1000 * Number(counter.dataset.seconds);
  const count = window.setInterval(() => {
    const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    counter.textContent = String(left);
    if (left === 0) {
      window.clearInterval(count);
      document.querySelectorAll("[data-while-it-counts]").forEach((part) => part.remove());
      if (document.querySelector("[data-watch]")) window.location.reload();
    }
  }, 250);
};

// Ask for a state until ``isDone`` says so of it; without a connection for a moment, look again later.
const watch = (address, isDone) => {
  const look = async () => {
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (await isDone(answer.ok ? (await answer.json()).state : "over")) return;
    } catch {
      // look again
    }
    window.setTimeout(look, EVERY);
  };
  window.setTimeout(look, EVERY);
};

const watched = document.querySelector("[data-watch]");
if (watched) {
  watch(watched.dataset.watch, (state) => {
    if (state === "answered") watched.querySelector("form").submit();
    if (state === "over") window.location.reload();
    return state !== "waiting";
  });
}

// What became of a payment takes the place of what was said, and is read aloud: a page that loads anew is not.
const changing = document.querySelector("[data-changes]");
if (changing) {
  watch(changing.dataset.changes, async (state) => {
    if (state === "underway") return false;
    const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-part]");
    if (!now) {
      window.location.reload();
      return true;
    }
    changing.replaceWith(document.adoptNode(now));
    document.title = page.title;
    document.querySelector("[data-said]").textContent = [...now.querySelectorAll("h1, .sum")]
      .map((part) => part.textContent)
      .join(", ");
    countDown();
    return true;
  });
}
countDown();
