"use strict";
// The page's own part: log in, and a new Idempotency-Key for every attempt that still has the example's.

const example = "6f1c2a9e-till-1-0042";

// Whoever is refused a log-in is challenged to give HTTP Basic: a browser that may use credentials of its own would open
// a dialog over the page and wait. The headers that the page sets itself are sent all the same.
const credentials = "omit";

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#ui",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  docExpansion: "list",
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null, // it would ask another host
  requestInterceptor: (req) => {
    req.credentials = credentials;
    if (req.headers && req.headers["Idempotency-Key"] === example) {
      req.headers["Idempotency-Key"] = newKey();
    }
    return req;
  },
});

document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const email = document.getElementById("email").value;
  const password = document.getElementById("password").value;
  const who = document.getElementById("who");
  const bytes = new TextEncoder().encode(email + ":" + password);
  try {
    const res = await fetch("/v1/auth/token", {
      method: "POST",
      headers: { Authorization: "Basic " + btoa(String.fromCharCode(...bytes)) },
      credentials,
    });
    const body = await res.json();
    if (!res.ok) {
      who.textContent = body.detail;
      return;
    }
    ui.preauthorizeApiKey("bearer", body.accessToken);
    document.getElementById("password").value = "";
    who.textContent = "Logged in as " + email + ".";
  } catch (err) {
    who.textContent = "The service does not answer.";
  }
});
