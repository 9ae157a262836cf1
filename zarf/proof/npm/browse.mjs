// Opens /docs in headless Chromium, logs in as the demo cashier, rings up a sale from the page, and is refused in every
// way that a person meets: each refusal must be readable. Fails on any other message of the console, any request to another
// host, and any refusal by the Content-Security-Policy. SALES_URL names the service; pictures go to the folder in the first
// argument.
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const base = process.env.SALES_URL ?? "http://127.0.0.1:3000";
const out = process.argv[2] ?? ".";
mkdirSync(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const wrong = [];
const refused = []; // statuses, as the console tells them
const expected = [];

// open gives a page of its own session, whose messages are watched.
async function open() {
  const page = await (await browser.newContext({ viewport: { width: 1200, height: 1000 } })).newPage();
  page.setDefaultTimeout(120_000);
  page.on("console", (m) => {
    const status = /the server responded with a status of (\d+)/.exec(m.text())?.[1];
    if (status) refused.push(status);
    else wrong.push(`console ${m.type()}: ${m.text()}`);
  });
  page.on("pageerror", (e) => wrong.push(`page error: ${e.message}`));
  page.on("request", (r) => {
    if (!r.url().startsWith(base) && !r.url().startsWith("data:") && !r.url().startsWith("blob:")) wrong.push(`request to ${r.url()}`);
  });
  return page;
}

// reads wants every part in the text of what is seen, and the refusal to be the console's only message about it.
function reads(what, text, status, ...parts) {
  expected.push(status);
  for (const part of [status, ...parts]) {
    if (!text.includes(part)) wrong.push(`${what}: "${part}" is not to be read in: ${text.slice(0, 500)}`);
  }
}

const page = await open();
await page.goto(`${base}/docs`);
await page.waitForSelector("#operations-Sales-createSale", { state: "attached" });
await page.screenshot({ path: `${out}/docs.png` });

// A dialog of the browser's own would wait for ever.
await page.fill("#password", "not-the-password");
await page.click("#login button");
await page.waitForFunction(() => !document.getElementById("who").textContent.startsWith("With make run"));
reads("a wrong password", `401 ${await page.textContent("#who")}`, "401", "wrong");
await page.screenshot({ path: `${out}/password.png` });

await page.fill("#password", "garagesale");
await page.click("#login button");
await page.waitForFunction(() => document.getElementById("who").textContent.startsWith("Logged in"));

// execute opens an operation, fills in its fields and sends it; it returns the answer as it is shown.
async function execute(page, id, fields, body) {
  const op = page.locator(`#${id}`);
  const button = op.locator(".btn.execute");
  if (!(await button.isVisible())) await op.locator(".opblock-summary-control").click();
  await button.waitFor();
  for (const [name, value] of Object.entries(fields)) {
    await op.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  if (body !== undefined) await op.locator("textarea.body-param__text").fill(JSON.stringify(body, null, 2));
  if (await op.locator(".btn-clear").isVisible()) await op.locator(".btn-clear").click(); // the answer before
  await button.click();
  const shown = op.locator(".live-responses-table");
  await shown.locator("tbody .response-col_status").waitFor();
  const status = (await shown.locator("tbody .response-col_status").innerText()).trim().slice(0, 3);
  const text = await shown.locator("tbody .microlight").first().innerText();
  await shown.scrollIntoViewIfNeeded();
  return { status, text, body: JSON.parse(text) };
}

const markets = await execute(page, "operations-Markets-listMarkets", { name: "elm" });
const market = markets.body.items[0].id;
const ringUp = (amount, ...lines) =>
  execute(page, "operations-Sales-createSale", { marketID: market }, { lines, payment: { tender: "CASH", amount } });
const sale = await ringUp(1000, { code: "1-003", quantity: 2 }, { code: "2-004", quantity: 1, unitPrice: 500 });
await page.screenshot({ path: `${out}/sale.png` });
if (sale.status !== "201" || sale.body.total !== 700 || sale.body.payment.change !== 300) wrong.push(`sale: ${sale.status} ${sale.text}`);

const invalid = await ringUp(1000, { code: "1-003", quantity: 0 });
await page.screenshot({ path: `${out}/invalid.png` });
reads("a sale of nothing", `${invalid.status} ${invalid.text}`, "422", "body.lines[0].quantity");
const soldOut = await ringUp(1_000_000, { code: "1-003", quantity: 1000 });
await page.screenshot({ path: `${out}/sold-out.png` });
reads("a sale of more than there is", `${soldOut.status} ${soldOut.text}`, "409", "out_of_stock");

// Somebody who is not logged in, from the page and by the address.
const guest = await open();
await guest.goto(`${base}/docs`);
await guest.waitForSelector("#operations-Accounts-getMe", { state: "attached" });
for (const [id, code] of [["Accounts-getMe", "token_required"], ["Sessions-logIn", "credentials_required"]]) {
  const res = await execute(guest, `operations-${id}`, {});
  await guest.screenshot({ path: `${out}/guest-${code}.png` });
  reads(`${id} of a guest`, `${res.status} ${res.text}`, "401", code);
}

await page.goto(`${base}/docs/errors/out_of_stock`);
await page.screenshot({ path: `${out}/error.png` });
if (!(await page.textContent("h1")).includes("out_of_stock")) wrong.push("the page of the error is not there");

// What a browser shows of an address that is refused is the problem itself.
for (const [name, path, status, ...parts] of [
  ["no-such-error", "/docs/errors/no_such_error", "404", "route_not_found"],
  ["logged-out", "/v1/users/me", "401", "token_required"],
  ["labels-of-nothing", "/v1/markets/00000000-0000-7000-8000-000000000000/labels", "404", "market_not_found"],
  ["labels-refused", `/v1/markets/${market}/labels?familyID=1`, "422", "query.familyID"],
]) {
  const res = await guest.goto(base + path);
  await guest.screenshot({ path: `${out}/${name}.png` });
  reads(path, `${res.status()} ${await guest.innerText("body")}`, status, ...parts);
}

// The labels as a printer gets them.
await page.goto(`${base}/v1/markets/${market}/labels`);
await page.pdf({ path: `${out}/labels.pdf`, preferCSSPageSize: true, printBackground: true });

await browser.close();
if (`${refused}` !== `${expected}`) wrong.push(`the console tells of the refusals ${refused}, want ${expected}`);
if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
console.log(`sale ${sale.body.number}: ${sale.body.total} paid, change ${sale.body.payment.change}; ${refused.length} refusals can be read; no other message in the console, no request to another host`);
