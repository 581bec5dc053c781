/** A gateway of its own for tests that kill one: starts an engine on the directory it is given and says so. */
import pino from 'pino';
import type { EngineMajor } from '../../api.ts';
import { startEngine } from '../../engine.ts';
import { engineIdentity } from '../../identity.ts';
import { preparePrograms } from '../../programs.ts';

const [dataDir, cacheDir, major] = process.argv.slice(2);
const identity = engineIdentity();
const programs = await preparePrograms({
  major: Number(major) as EngineMajor,
  cacheDir: cacheDir!,
  identity,
});
const engine = await startEngine({
  programs,
  identity,
  dataDir: dataDir!,
  logger: pino({ level: 'silent' }),
});
process.stdout.write(`${engine.socketDir}\n`);
