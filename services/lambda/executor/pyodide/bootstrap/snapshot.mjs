/**
 * Starts the interpreter, imports what the runtime and most functions need, and writes what its memory holds then to stdout: environments begin with
 * that, which is several times faster. Nothing of any function's is in it. Argument: folder of the package.
 */

import { writeAll } from '../../bootstrap/write.mjs';
import { connectOutput, loadInterpreter } from './interpreter.mjs';

const modules =
  'asyncio base64 collections contextlib copy csv dataclasses datetime decimal email.message enum functools hashlib hmac html http.client importlib inspect io itertools json logging math os pathlib random re socket string sys time traceback typing urllib.parse urllib.request uuid warnings zlib';

const python = await loadInterpreter(process.argv[2], { _makeSnapshot: true });
connectOutput(python, () => undefined);
python.runPython(
  modules
    .split(' ')
    .map((name) => `import ${name}`)
    .join('\n'),
);
writeAll(1, python.makeMemorySnapshot());
process.exit(0);
