// The directory sync of @boxyhq/saml-jackson behind express, in memory: node saml_jackson.mjs FOLDER
// The library has neither routes nor discovery of its own: each request is handed to its handler as it came,
// and what it gives back is sent as application/scim+json.
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.argv[2], "application.js"));
const express = require("express");
const { controllers } = require("@boxyhq/saml-jackson");
const { PEER_PORT, PEER_TOKEN } = process.env;

const quiet = { info() {}, warn: console.warn, error: console.error };
const { directorySyncController: sync } = await controllers({
  externalUrl: `http://127.0.0.1:${PEER_PORT}`,
  samlPath: "/saml",
  scimPath: "/scim",
  db: { engine: "mem" },
  noAnalytics: true,
  logger: quiet,
});
const made = await sync.directories.create({ tenant: "peer", product: "peer", name: "peer", type: "okta-scim-v2" });
if (made.error) throw new Error(made.error.message);

const number = (text) => (text === undefined ? undefined : Number(text));
const answer = async (request, response) => {
  const { count, startIndex, filter } = request.query;
  const shown = (request.headers.authorization ?? "").replace(/^Bearer /, "");
  const { status, data } = await sync.requests.handle({
    method: request.method,
    body: request.body,
    directoryId: made.data.id,
    resourceType: request.params.type,
    resourceId: request.params.id,
    apiSecret: shown === PEER_TOKEN ? made.data.scim.secret : shown,
    query: { count: number(count), startIndex: number(startIndex), filter },
  });
  response.status(status).type("application/scim+json").send(JSON.stringify(data));
};
express()
  .use(express.json({ type: ["application/json", "application/scim+json"] }))
  .all(["/scim/:type", "/scim/:type/:id"], answer)
  .listen(Number(PEER_PORT), "127.0.0.1");
