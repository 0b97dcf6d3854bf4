// SPDX-License-Identifier: EUPL-1.2
// A person with a keyboard and a narrow screen goes from a wallet's link to the decision, in a real browser.
// Arguments: the browser, the link, the passphrase. Prints JSON: what axe found on each page, and where it ended.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { chromium } from "playwright-core";

const [executablePath, link, passphrase] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = `${axe}; axe.run().then((found) => JSON.stringify(found.violations.map((one) => one.id)))`;
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({ locale: "nl-NL", viewport: { width: 360, height: 740 } });
const page = await context.newPage();
const complaints = [];
page.on("console", (message) => complaints.push(message.text()));
const session = await context.newCDPSession(page);
const pages = {};

async function look(name) {
  const found = await session.send("Runtime.evaluate", { expression: rules, awaitPromise: true });
  const { title, width } = await page.evaluate(() => ({
    title: document.title,
    width: document.documentElement.scrollWidth,
  }));
  pages[name] = { title, width, violations: JSON.parse(found.result.value) };
}

async function tabTo(selector) {
  for (let step = 0; step < 30; step += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  throw new Error(`the keyboard does not reach ${selector}`);
}

async function enter(person, word) {
  await tabTo("#person");
  await page.keyboard.type(person);
  await tabTo("#passphrase");
  await page.keyboard.type(word);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

await page.goto(link);
await look("login");
await enter("amira", "not this one");
await look("refused");
await enter("amira", passphrase);
await look("consent");
await tabTo("button[value=allow]");
await Promise.all([page.waitForURL("**/cb?*"), page.keyboard.press("Enter")]);
console.log(JSON.stringify({ pages, complaints, url: page.url() }));
await browser.close();
