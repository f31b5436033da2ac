// Submits rows through the page, follows the bar to its end, and turns the pages of the rows that failed.
// Usage: node browser.mjs ADDRESS CHROMIUM SCREENSHOT
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [address, executablePath, screenshot] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
try {
  const page = await browser.newPage({
    viewport: { width: 880, height: 1080 }, colorScheme: "light", reducedMotion: "reduce",
  });
  page.setDefaultTimeout(20_000);
  const errors = [];
  page.on("pageerror", error => errors.push(error.message));
  page.on("console", message => message.type() === "error" && errors.push(message.text()));
  const text = id => page.locator(`#${id}`).textContent();
  const state = name => page.locator("#state", { hasText: name }).waitFor();
  await page.goto(address);

  // 200 pasted rows, of which every 28th has an address that the server refuses.
  const isBad = n => n % 28 === 27;
  const email = n => isBad(n) ? `person${n} at example.com` : `person${n}@example.com`;
  const numbers = [...Array(200).keys()];
  await page.fill("[name=rows]", ["email,first_name", ...numbers.map(n => `${email(n)},Person ${n}`)].join("\n"));
  await page.click("#submit");
  await state("running");
  await page.waitForFunction(() => {
    const bar = document.getElementById("bar");
    return bar.value > 0 && bar.value < 1;
  });
  await state("complete");
  assert.equal(await page.locator("#bar").evaluate(bar => bar.value), 1);
  const processed = await text("processed");
  assert.equal(processed, "200 of 200");
  assert.equal(await text("succeeded"), "193");

  // The rows that failed, page by page.
  await page.locator("#failures").waitFor();
  assert.equal(await text("failures-title"), "7 rows failed");
  const shown = async () => {
    const rows = await page.locator("#failures-rows tr").all();
    return Promise.all(rows.map(async row => (await row.locator("td").allTextContents()).join(" | ")));
  };
  const first = await shown();
  await page.locator("textarea").evaluate(area => area.scrollTo(0, 0));
  await page.screenshot({ path: screenshot, fullPage: true });
  await page.click("#more");
  await page.locator("#range", { hasText: "6–7 of 7" }).waitFor();
  const failed = [...first, ...await shown()];
  const expected = numbers.filter(isBad).map(n => `${n + 1} | invalid_email | default.email is not an e-mail address`);
  assert.deepEqual(failed, expected);
  assert(await page.locator("#more").isDisabled());
  await page.click("#back");
  await page.locator("#range", { hasText: "1–5 of 7" }).waitFor();

  // A reload shows the same import.
  await page.reload();
  await state("complete");
  await page.locator("#range", { hasText: "1–5 of 7" }).waitFor();

  // A file, which is small enough to be finished at once.
  const file = { name: "people.csv", mimeType: "text/csv", buffer: Buffer.from("email\nada@example.org\n") };
  await page.setInputFiles("[name=file]", file);
  await page.click("#submit");
  await page.locator("#processed", { hasText: "1 of 1" }).waitFor();
  await page.locator("#failures").waitFor({ state: "hidden" });
  assert.deepEqual(errors, []);

  // An answer that is lost: the same rows are the same import.
  const keys = [];
  await page.route("**/imports?*", async route => {
    keys.push(route.request().headers()["idempotency-key"]);
    const response = await route.fetch();
    await (keys.length === 1 ? route.abort() : route.fulfill({ response }));
  });
  await page.setInputFiles("[name=file]", []);
  await page.fill("[name=rows]", "email\ngrace@example.org\n");
  await page.click("#submit");
  await page.locator("#refused", { hasText: "Import again" }).waitFor();
  await page.click("#submit");
  await page.locator("#id", { hasText: keys[0] }).waitFor();
  assert.deepEqual(keys, [keys[0], keys[0]]);

  // Rows that cannot be read.
  await page.fill("[name=rows]", "email,first_name\nada@example.com\n");
  await page.click("#submit");
  await page.locator("#refused", { hasText: "line: 2" }).waitFor();

  console.log(`browser: ${processed} rows, ${failed.length} failed rows shown`);
} finally {
  await browser.close();
}
