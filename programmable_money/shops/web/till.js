// SPDX-License-Identifier: EUPL-1.2
// Counts the seconds that are left, and asks every second whether the wallet has answered. Without it a button does.
"use strict";
const counter = document.querySelector("[data-seconds]");
if (counter) {
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
}
const watched = document.querySelector("[data-watch]");
if (watched) {
  const look = async () => {
    try {
      const answer = await fetch(watched.dataset.watch, { headers: { Accept: "application/json" } });
      const state = answer.ok ? (await answer.json()).state : "over";
      if (state === "answered") {
        watched.querySelector("form").submit();
        return;
      }
      if (state === "over") {
        window.location.reload();
        return;
      }
    } catch {
      // no connection for a moment: look again later
    }
    window.setTimeout(look, 1000);
  };
  window.setTimeout(look, 1000);
}
const again = document.querySelector("[data-again]");
if (again) window.setTimeout(() => window.location.reload(), 1000 * Number(again.dataset.again));
