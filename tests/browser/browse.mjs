// SPDX-License-Identifier: EUPL-1.2
// A browser that does what the test says, one line of JSON at a time, and tells what a person would meet.
//
// First line in: {executable, width, scheme, locale, allowed: [origin, ...], pictures?: folder, camera?: film, refuses?}
// First line out: {version, back: the address of a wallet's page, where a login may end}
// Then {do: "open", url} | {do: "reach", selector} | {do: "press", key} | {do: "type", text} | {do: "wait", selector}
//    | {do: "view", width, scheme} | {do: "back"} | {do: "look", name} | {do: "read", selector, attribute?}
//    | {do: "choose", selector, path} | {do: "hide"} | {do: "later", seconds}

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'
import { readLine, run, tell } from '../interop/clients/callbacks.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const NOWHERE = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'
const HEIGHT = 900
const PATIENCE = 30_000

run(async () => {
  const job = await readLine()
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end('<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>A wallet</title>')
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const wallet = `http://127.0.0.1:${server.address().port}`
  // A camera that films what the file shows, and a person who allows it or not.
  const camera = job.camera
    ? ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${job.camera}`, job.refuses ? '--deny-permission-prompts' : '--use-fake-ui-for-media-stream']
    : []
  const browser = await chromium.launch({
    executablePath: job.executable,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking', NOWHERE, ...camera],
  })
  const context = await browser.newContext({
    locale: job.locale,
    colorScheme: job.scheme,
    viewport: { width: job.width, height: HEIGHT },
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(PATIENCE)
  const page = await context.newPage()
  const troubles = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => troubles.push(`script: ${error.message}`))
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (protocol !== 'data:' && ![...job.allowed, wallet].includes(origin)) troubles.push(`request to ${origin}`)
  })

  async function focus() {
    return await page.evaluate(() => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement)
      const { bottom, top, right, left } = document.activeElement.getBoundingClientRect()
      return {
        isShown: (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none',
        isInView: bottom > 0 && top < innerHeight && right > 0 && left < innerWidth,
      }
    })
  }

  const actions = {
    async open({ url, clock }) {
      if (clock) await page.clock.install()
      const answer = await page.goto(url, { waitUntil: 'load' })
      return { status: answer.status() }
    },
    // Go to an element with the Tab key alone, as somebody without a mouse does.
    async reach({ selector }) {
      for (let steps = 1; steps <= 60; steps += 1) {
        await page.keyboard.press('Tab')
        if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) {
          return { steps, ...(await focus()) }
        }
      }
      throw new Error(`the Tab key does not reach ${selector} on ${page.url()}`)
    },
    async press({ key }) {
      await page.keyboard.press(key)
      return {}
    },
    async type({ text }) {
      await page.keyboard.type(text)
      return {}
    },
    async wait({ selector }) {
      await page.waitForSelector(selector)
      return {}
    },
    async choose({ selector, path }) {
      await page.setInputFiles(selector, path)
      return {}
    },
    // Nobody waits for a minute: timers of the page see it pass. Before, the page is opened with {clock: true}.
    async later({ seconds }) {
      await page.clock.fastForward(1000 * seconds)
      return {}
    },
    // Another window comes before this one.
    async hide() {
      await page.evaluate(() => {
        Object.defineProperty(document, 'hidden', { value: true, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      })
      return {}
    },
    async back() {
      await page.waitForURL(`${wallet}/**`)
      return { url: page.url() }
    },
    async view({ width, scheme }) {
      await page.setViewportSize({ width, height: HEIGHT })
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      return {}
    },
    async look({ name }) {
      await page.evaluate(AXE)
      const found = await page.evaluate(
        async (levels) => (await axe.run(document, { runOnly: { type: 'tag', values: levels }, resultTypes: ['violations'] })).violations,
        LEVELS
      )
      const measured = await page.evaluate(() => ({
        language: document.documentElement.lang,
        title: document.title,
        headings: document.querySelectorAll('h1').length,
        tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      }))
      if (job.pictures) {
        await page.screenshot({ path: `${job.pictures}/${name}.png`, fullPage: true })
      }
      return {
        ...measured,
        url: page.url(),
        violations: found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`),
        troubles: troubles.splice(0),
      }
    },
    async read({ selector, attribute }) {
      const element = page.locator(selector).first()
      return { text: attribute ? await element.getAttribute(attribute) : await element.innerText() }
    },
  }

  tell({ version: browser.version(), back: `${wallet}/back` })
  for (;;) {
    const said = await readLine().catch(() => null)
    if (said === null) break
    try {
      tell(await actions[said.do](said))
    } catch (error) {
      throw new Error(`${said.do}: ${error.message} (${page.url()}; ${troubles.join('; ')})`, { cause: error })
    }
  }
  await browser.close()
  server.close()
})
