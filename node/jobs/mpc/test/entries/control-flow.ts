/** Counts blocks for control-flow.test.ts, in a process of its own, in which files run as they are. Prints comparisons by name. */
import { countPlanted, countWork } from '../support/secret-variants.ts';

process.stdout.write(JSON.stringify({ planted: await countPlanted(), work: await countWork() }));
