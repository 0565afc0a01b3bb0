// npm's emulate: Slack and Google's sign-in, seeded. node emulate.mjs SEED-AS-JSON; prints the addresses as JSON.
import { createServer } from "node:net";
import { createEmulator } from "emulate";

const free = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const seed = JSON.parse(process.argv[2]);
const addresses = {};
for (const service of Object.keys(seed)) {
  const port = await free();
  const url = `http://127.0.0.1:${port}`;
  await createEmulator({ service, port, baseUrl: url, seed: { [service]: seed[service] } });
  addresses[service] = url;
}
console.log(JSON.stringify(addresses));
