// Opens /docs in headless Chromium, logs in as the demo cashier, rings up a sale from the page, and fails on any message
// of the console, any request to another host, and any refusal by the Content-Security-Policy. SALES_URL names the service;
// pictures go to the folder in the first argument.
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const base = process.env.SALES_URL ?? "http://127.0.0.1:3000";
const out = process.argv[2] ?? ".";
mkdirSync(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
page.setDefaultTimeout(120_000);
const wrong = [];
page.on("console", (m) => wrong.push(`console ${m.type()}: ${m.text()}`));
page.on("pageerror", (e) => wrong.push(`page error: ${e.message}`));
page.on("request", (r) => {
  if (!r.url().startsWith(base) && !r.url().startsWith("data:") && !r.url().startsWith("blob:")) wrong.push(`request to ${r.url()}`);
});

await page.goto(`${base}/docs`);
await page.waitForSelector("#operations-Sales-createSale", { state: "attached" });
await page.screenshot({ path: `${out}/docs.png` });

await page.fill("#password", "garagesale");
await page.click("#login button");
await page.waitForFunction(() => document.getElementById("who").textContent.startsWith("Logged in"));

// execute opens an operation, fills in its fields and sends it; it returns the answer.
async function execute(id, fields, body) {
  const op = page.locator(`#${id}`);
  await op.locator(".opblock-summary-control").click();
  await op.locator(".btn.execute").waitFor();
  for (const [name, value] of Object.entries(fields)) {
    await op.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  if (body !== undefined) await op.locator("textarea.body-param__text").fill(body);
  await op.locator(".btn.execute").click();
  await op.locator(".live-responses-table tbody .response-col_status").waitFor();
  const status = (await op.locator(".live-responses-table tbody .response-col_status").innerText()).trim().slice(0, 3);
  const text = await op.locator(".live-responses-table tbody .microlight").first().innerText();
  return { status, body: JSON.parse(text), op };
}

const markets = await execute("operations-Markets-listMarkets", { name: "elm" });
const market = markets.body.items[0].id;
const sale = await execute(
  "operations-Sales-createSale",
  { marketID: market },
  JSON.stringify({ lines: [{ code: "1-003", quantity: 2 }, { code: "2-004", quantity: 1, unitPrice: 500 }], payment: { tender: "CASH", amount: 1000 } }, null, 2),
);
await sale.op.locator(".live-responses-table").scrollIntoViewIfNeeded();
await page.screenshot({ path: `${out}/sale.png` });
if (sale.status !== "201" || sale.body.total !== 700 || sale.body.payment.change !== 300) wrong.push(`sale: ${sale.status} ${JSON.stringify(sale.body)}`);

await page.goto(`${base}/docs/errors/out_of_stock`);
await page.screenshot({ path: `${out}/error.png` });
if (!(await page.textContent("h1")).includes("out_of_stock")) wrong.push("the page of the error is not there");

// The labels as a printer gets them.
await page.goto(`${base}/v1/markets/${market}/labels`);
await page.pdf({ path: `${out}/labels.pdf`, preferCSSPageSize: true, printBackground: true });

await browser.close();
if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
console.log(`sale ${sale.body.number}: ${sale.body.total} paid, change ${sale.body.payment.change}; no message in the console, no request to another host`);
