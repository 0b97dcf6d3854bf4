// SPDX-License-Identifier: EUPL-1.2
// Reads the customer's code with the camera, or from a photograph. Pictures go to the till's own service, which reads
// them; none is kept. The camera stops when a code was read, when the page is hidden, and after a minute.
"use strict";
const part = document.querySelector("[data-scan]");
if (part) {
  const LONGEST_SIDE = 1280;
  const QUALITY = 0.8;
  const BETWEEN = 300;
  const LASTS = 60_000;
  const form = part.closest("form");
  const [code, amount, token] = ["permit", "amount", "token"].map((name) => form.elements[name]);
  const [view, toggle, said, picture, otherwise] = ["video", "button", "[role=status]", "input[type=file]", "details"].map(
    (selector) => part.querySelector(selector)
  );
  const words = part.dataset;
  let stream = null;
  let isOn = false;
  let scan = 0; // which opening of the camera this is: what an earlier one finds late does not count

  const say = (text) => {
    if (said.textContent !== text) said.textContent = text;
  };

  const stop = (text) => {
    scan += 1;
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    isOn = false;
    view.srcObject = null;
    view.hidden = true;
    toggle.textContent = words.start;
    if (text) say(text);
  };

  // A picture as JPEG, no larger than a code needs.
  const shrink = (source, width, height) => {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", QUALITY);
    });
  };

  const send = async (blob) => {
    const answer = await fetch(words.scan, {
      method: "POST",
      body: blob,
      headers: { Accept: "application/json", "Content-Type": "image/jpeg", "Stuiver-Form-Token": token.value },
    });
    if (answer.status === 429) return { state: "later", words: "" };
    const content = await answer.json();
    return answer.ok ? content : { state: "refused", words: content.detail };
  };

  // With an amount the scan is the last thing that the cashier does; without one the amount comes first.
  const take = (text) => {
    code.value = text;
    if (form.checkValidity()) {
      say(words.charging);
      form.requestSubmit();
      return;
    }
    say(words.amount);
    amount.focus();
  };

  const look = async (own) => {
    while (own === scan) {
      try {
        if (view.videoWidth) {
          const found = await send(await shrink(view, view.videoWidth, view.videoHeight));
          if (own !== scan) return;
          if (found.state === "read") {
            stop();
            take(found.text);
            return;
          }
          if (found.state === "refused") {
            stop(found.words);
            return;
          }
          say(["other", "several_codes"].includes(found.state) ? found.words : words.looking);
        }
      } catch {
        if (own === scan) say(words.offline);
      }
      await new Promise((resolve) => window.setTimeout(resolve, BETWEEN));
    }
  };

  const fail = (error) => {
    const known = {
      NotAllowedError: words.refused,
      SecurityError: words.refused,
      NotFoundError: words.missing,
      OverconstrainedError: words.missing,
    };
    stop(known[error.name] ?? words.busy);
    otherwise.open = true;
  };

  const start = async () => {
    scan += 1;
    const own = scan;
    isOn = true;
    say(words.asking);
    toggle.textContent = words.stop;
    try {
      const opened = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
      });
      if (own !== scan) {
        opened.getTracks().forEach((track) => track.stop());
        return;
      }
      stream = opened;
      view.srcObject = stream;
      view.hidden = false;
      await view.play();
    } catch (error) {
      if (own === scan) fail(error);
      return;
    }
    say(words.looking);
    window.setTimeout(() => {
      if (own === scan) stop(words.off);
    }, LASTS);
    look(own);
  };

  toggle.addEventListener("click", () => {
    if (isOn) stop(words.off);
    else start();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && isOn) stop(words.off);
  });
  window.addEventListener("pagehide", () => stop());

  picture.addEventListener("change", async () => {
    const [file] = picture.files;
    picture.value = "";
    if (!file) return;
    stop(words.reading);
    let blob;
    try {
      const bitmap = await createImageBitmap(file);
      blob = await shrink(bitmap, bitmap.width, bitmap.height);
      bitmap.close();
    } catch {
      say(words.unreadable);
      return;
    }
    try {
      const found = await send(blob);
      if (found.state === "read") take(found.text);
      else say(found.words || words.later);
    } catch {
      say(words.offline);
    }
  });

  part.hidden = false;
  if (!navigator.mediaDevices?.getUserMedia) {
    toggle.hidden = true;
    otherwise.open = true;
    say(words.insecure);
  }
}
