// People and groups in memory behind scimmy-routers, as its README shows it: node scimmy_routers.mjs FOLDER
// A userName is unique without letter case and ids are drawn here; all else is the library's.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.argv[2], "application.js"));
const express = require("express");
const { default: Routers, SCIMMY } = await import(require.resolve("scimmy-routers").replace(/cjs$/, "js"));
const { PEER_PORT, PEER_TOKEN } = process.env;

function inMemory(unique) {
  const kept = new Map();
  const known = (id) => {
    if (!kept.has(id)) throw new SCIMMY.Types.Error(404, null, `${id} is not here`);
    return kept.get(id);
  };
  return {
    egress: (resource) => {
      if (resource.id) return known(resource.id);
      const all = [...kept.values()];
      return resource.filter ? resource.filter.match(all) : all;
    },
    ingress: (resource, instance) => {
      const before = resource.id ? known(resource.id) : undefined;
      const given = JSON.parse(JSON.stringify(instance));
      const same = (one) => one !== before && one[unique].toLowerCase() === given[unique].toLowerCase();
      if (unique && [...kept.values()].some(same)) {
        throw new SCIMMY.Types.Error(409, "uniqueness", `${given[unique]} is taken`);
      }
      const now = new Date().toISOString();
      const id = before?.id ?? randomUUID();
      const after = { ...given, id, meta: { created: before?.meta.created ?? now, lastModified: now } };
      kept.set(id, after);
      return after;
    },
    degress: (resource) => {
      known(resource.id);
      kept.delete(resource.id);
    },
  };
}

SCIMMY.Resources.declare(SCIMMY.Resources.User, inMemory("userName"));
SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);
SCIMMY.Resources.declare(SCIMMY.Resources.Group, inMemory());

const handler = (request) => {
  if (request.header("Authorization") !== `Bearer ${PEER_TOKEN}`) throw new Error("The token is missing or wrong");
};
express()
  .use("/scim", new Routers({ type: "bearer", handler }))
  .listen(Number(PEER_PORT), "127.0.0.1");
