// SPDX-License-Identifier: EUPL-1.2
// Looks every two seconds whether the wallet has answered, and shows the page anew when it has.
"use strict";
const watched = document.querySelector("[data-watch]");
if (watched) {
  const look = async () => {
    try {
      const answer = await fetch(watched.dataset.watch, { headers: { Accept: "application/json" } });
      if (!answer.ok || (await answer.json()).state !== watched.dataset.state) {
        window.location.reload();
        return;
      }
    } catch {
      // no connection for a moment: look again later
    }
    window.setTimeout(look, 2000);
  };
  window.setTimeout(look, 2000);
}
