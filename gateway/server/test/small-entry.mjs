/** An entry point for a test: stands beside a copy of ensure-node.mjs as the real ones do. */
import { underSupportedNode } from '../ensure-node.mjs';

await underSupportedNode(import.meta.url, async () => {
  const [what, value] = process.argv.slice(2);
  if (what === 'exit') process.exit(Number(value));
  process.on('SIGTERM', () => process.exit(33));
  setInterval(() => undefined, 1 << 30);
  process.stdout.write(`up ${value}\n`);
});
