#!/usr/bin/env node
import { underSupportedNode } from './ensure-node.mjs';

await underSupportedNode(import.meta.url, async () => {
  const { main } = await import('./cli/main.ts');
  await main(process.argv.slice(2));
});
