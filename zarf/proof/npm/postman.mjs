// Makes zarf/postman from the OpenAPI document: a folder for each tag with a request for each operation, and a scenario with
// tests, which `make postman` runs. Steps whose operation the document does not have are left out.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import converter from "openapi-to-postmanv2";

const root = new URL("../../..", import.meta.url).pathname;
const spec = readFileSync(`${root}zarf/docs/openapi.yaml`, "utf8");
const result = await new Promise((resolve, reject) =>
  converter.convertV2({ type: "string", data: spec }, {
    folderStrategy: "Tags", parametersResolution: "Example", requestParametersResolution: "Example", exampleParametersResolution: "Example",
    includeAuthInfoInExample: false, optimizeConversion: true, stackLimit: 30,
  }, (err, res) => (err || !res.result ? reject(err ?? new Error(res.reason)) : resolve(res.output[0].data))));

// What is random or says nothing is taken out, so that the same document gives the same collection.
(function tidy(node) {
  if (Array.isArray(node)) return node.forEach(tidy);
  if (node === null || typeof node !== "object") return;
  delete node.id;
  delete node._postman_id;
  delete node._postman_previewlanguage;
  // Query parameters, and the place in a stream, are there to be switched on; the converter makes up values for those without an example.
  if (Array.isArray(node.query)) node.query.forEach((q) => Object.assign(q, { value: "", disabled: true }));
  if (Array.isArray(node.header)) node.header.filter((h) => h.key === "Last-Event-ID").forEach((h) => Object.assign(h, { value: "", disabled: true }));
  if (Array.isArray(node.variable)) node.variable.forEach((v) => Object.assign(v, { value: `{{${v.key}}}` })); // of the path
  if (node.request !== undefined && node.response !== undefined) {
    // The answers stand in the document; of each request one good example is enough here.
    node.response = node.response.filter((r) => r.code < 300).slice(0, 1);
  }
  Object.values(node).forEach(tidy);
})(result);
result.variable = [{ key: "baseUrl", value: "http://127.0.0.1:3000" }];
result.auth = { type: "bearer", bearer: [{ key: "token", value: "{{token}}", type: "string" }] };
result.info.name = "Garage-sale API";

const paths = new Set([...spec.matchAll(/^  (\/\S*):$/gm)].map((m) => m[1]));

// A step: what it is called, the path in the document, the path to ask, and the test.
const step = (name, method, path, url, test, { body, headers = {}, auth } = {}) => ({
  path,
  item: {
    name,
    event: [{ listen: "test", script: { type: "text/javascript", exec: test.trim().split("\n").map((l) => l.trim()) } }],
    request: {
      method,
      ...(auth && { auth }),
      header: [...(body ? [{ key: "Content-Type", value: "application/json" }] : []), ...Object.entries(headers).map(([key, value]) => ({ key, value }))],
      ...(body && { body: { mode: "raw", raw: JSON.stringify(body, null, 2) } }),
      url: `{{baseUrl}}${url}`,
    },
  },
});
const login = (email) => ({ auth: { type: "basic", basic: [{ key: "username", value: email, type: "string" }, { key: "password", value: "{{password}}", type: "string" }] } });
const status = (n) => `pm.test("status ${n}", () => pm.response.to.have.status(${n}));\nconst body = pm.response.text() ? pm.response.json() : {};`;
const key = { "Idempotency-Key": "{{$guid}}" };
const basket = { lines: [{ code: "{{code}}", quantity: 2 }], payment: { tender: "CASH", amount: 2000 } };

const scenario = [
  step("The organiser logs in", "POST", "/v1/auth/token", "/v1/auth/token", `${status(200)}
    pm.collectionVariables.set("token", body.accessToken);`, login("admin@example.com")),
  step("Open a market", "POST", "/v1/markets", "/v1/markets", `${status(201)}
    pm.test("Location", () => pm.expect(pm.response.headers.get("Location")).to.eql("/v1/markets/" + body.id));
    pm.collectionVariables.set("marketID", body.id);`,
    { body: { name: "Oak Street", place: "Oak Street", startsAt: "2026-05-30T09:00:00Z", endsAt: "2026-05-30T17:00:00Z", currency: "USD", commission: 1000, status: "OPEN" } }),
  step("Add a family", "POST", "/v1/markets/{marketID}/families", "/v1/markets/{{marketID}}/families", `${status(201)}
    pm.test("number", () => pm.expect(body.number).to.eql(12));
    pm.collectionVariables.set("familyID", body.id);`, { body: { name: "Miller", number: 12 } }),
  step("Put products on its table", "POST", "/v1/markets/{marketID}/products:batch", "/v1/markets/{{marketID}}/products:batch", `${status(201)}
    pm.test("codes", () => pm.expect(body.items.map((p) => p.code)).to.eql(["12-001", "12-002"]));
    pm.collectionVariables.set("code", body.items[0].code);`,
    { body: { items: [{ familyID: "{{familyID}}", name: "Board game", price: 450, quantity: 3 }, { familyID: "{{familyID}}", name: "Table lamp", price: 1200, quantity: 1 }] } }),
  step("The cashier logs in", "POST", "/v1/auth/token", "/v1/auth/token", `${status(200)}
    pm.collectionVariables.set("token", body.accessToken);`, login("cashier@example.com")),
  step("Ring up a sale", "POST", "/v1/markets/{marketID}/sales", "/v1/markets/{{marketID}}/sales", `${status(201)}
    pm.test("total and change", () => pm.expect([body.total, body.payment.change]).to.eql([900, 1100]));
    pm.collectionVariables.set("saleID", body.id);`, { body: basket, headers: key }),
  step("A sale that is refused: one is left", "POST", "/v1/markets/{marketID}/sales", "/v1/markets/{{marketID}}/sales", `${status(409)}
    pm.test("out_of_stock, at the line", () => pm.expect([body.code, body.errors[0].location]).to.eql(["out_of_stock", "body.lines[0].quantity"]));`, { body: basket, headers: key }),
  step("Void the sale", "POST", "/v1/sales/{saleID}/void", "/v1/sales/{{saleID}}/void", `${status(200)}
    pm.test("voided", () => pm.expect(body.status).to.eql("VOIDED"));`, { body: { reason: "rung up twice" }, headers: key }),
  step("The organiser logs in again", "POST", "/v1/auth/token", "/v1/auth/token", `${status(200)}
    pm.collectionVariables.set("token", body.accessToken);`, login("admin@example.com")),
  step("The family's statement", "GET", "/v1/families/{familyID}/statement", "/v1/families/{{familyID}}/statement", `${status(200)}
    pm.test("nothing to get after the void", () => pm.expect(body.balance).to.eql(0));`),
];
const missing = scenario.filter((s) => !paths.has(s.path)).map((s) => s.path);
if (missing.length > 0) console.log(`left out, because the document does not have them: ${missing.join(", ")}`);
result.item.unshift({ name: "Scenario", description: "A market from its opening to its statement.", item: scenario.filter((s) => paths.has(s.path)).map((s) => s.item) });

const environment = {
  name: "Garage sale, local",
  values: [{ key: "baseUrl", value: "http://127.0.0.1:3000", enabled: true }, { key: "password", value: "garagesale", type: "secret", enabled: true }],
  _postman_variable_scope: "environment",
};
mkdirSync(`${root}zarf/postman`, { recursive: true });
writeFileSync(`${root}zarf/postman/garagesale.postman_collection.json`, JSON.stringify(result, null, 1) + "\n");
writeFileSync(`${root}zarf/postman/local.postman_environment.json`, JSON.stringify(environment, null, 1) + "\n");
