// SPDX-License-Identifier: EUPL-1.2
// A citizen with a phone goes from the first page to the outcome, in a real browser, on the same device and on another.
// Arguments: the browser, the service, the desk. Whenever a wallet's link is printed, a wallet answers it and writes
// where to go on standard input. The last line is JSON: what axe found on each page, and what the browser complained of.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [executablePath, service, desk] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const loaded = `new Promise((go) => (document.readyState === "complete" ? go() : addEventListener("load", go)))`;
const rules = `${axe}; ${loaded}.then(() => axe.run()).then((found) => JSON.stringify(found.violations.map((one) => one.id)))`;
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({ locale: "en-GB", viewport: { width: 360, height: 740 } });
const page = await context.newPage();
const complaints = [];
page.on("console", (message) => complaints.push(message.text()));
page.on("pageerror", (error) => complaints.push(String(error)));
const session = await context.newCDPSession(page);
const pages = {};

async function look(name) {
  // A page that waits for a wallet loads itself anew; what was looked at then is gone, and is looked at again.
  let found;
  for (let times = 0; times < 10 && found?.result?.value === undefined; times += 1) {
    found = await session.send("Runtime.evaluate", { expression: rules, awaitPromise: true }).catch(() => undefined);
  }
  const { text, width } = await page.evaluate(() => ({
    text: document.querySelector("main").innerText,
    width: document.documentElement.scrollWidth,
  }));
  pages[name] = { text, width, violations: JSON.parse(found.result.value) };
}

async function answer(link) {
  console.log(link);
  return (await answers.next()).value;
}

async function begin(device) {
  await page.goto(`${service}/`);
  await page.getByRole("link", { name: /Under 21/ }).click();
  await page.getByRole("button", { name: device }).click();
}

await page.goto(`${service}/`);
await look("start");
await page.goto(`${service}/policies/income-allowance/v1`);
await look("policy");
await begin("On another device");
await look("other");
await page.locator("summary").click();
await answer(await page.locator("details code").innerText());
await page.getByText("The youth rate applies to you").waitFor(); // the page goes on by itself
await look("allowed");
await begin("On this device");
await look("same");
const back = await answer(await page.getByRole("link", { name: "Open my wallet" }).getAttribute("href"));
await page.getByText("Go back to your wallet").waitFor();
await look("answered");
await page.goto(back);
await look("finished");
await page.goto(`${desk}/`);
await look("desk");
console.log(JSON.stringify({ pages, complaints, url: page.url() }));
await browser.close();
