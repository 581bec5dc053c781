/** Asks for so many ports, tells them to its parent, and lives on. */
import { freePort } from '../index.ts';

const ports = await Promise.all(Array.from({ length: Number(process.argv[2]) }, freePort));
process.send!(ports);
setInterval(() => undefined, 60_000);
