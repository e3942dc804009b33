// A certified provider of OpenID Connect on this machine: `node provider.mjs ITS-MODULE`. It says
// its port, is told where it sends browsers back to, and takes whoever signs in at their word.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { Provider } = await import(pathToFileURL(process.argv[2]));
const server = createServer().listen(0, "127.0.0.1", () => {
  console.log(server.address().port);
});
const lines = createInterface({ input: process.stdin });
lines.once("line", (back) => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const client = {
    client_id: "countersign",
    client_secret: "no secret: a test's",
    redirect_uris: [back],
    grant_types: ["authorization_code"],
    response_types: ["code"],
  };
  const provider = new Provider(issuer, { clients: [client], pkce: { required: () => true } });
  server.on("request", provider.callback());
  console.log("ready");
});
// Ends with the test.
lines.once("close", () => process.exit(0));
