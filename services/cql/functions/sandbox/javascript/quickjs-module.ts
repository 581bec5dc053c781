/** The WebAssembly build of QuickJS with a meter, and a machine of it without anything of a system. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { sandboxLimits } from '../limits.ts';
import { BytecodeError } from '../wasm/bytecode.ts';
import { Machine, NotThere, noImports } from '../wasm/machine.ts';
import { withMeter } from '../wasm/metering.ts';
import { pageBytes, type WasmModule, wasm } from '../wasm/webassembly.ts';
import { type QuickJsExports, quickJsExports } from './quickjs-exports.ts';

/** Names of functions mean something in this build alone. */
const buildHash = '105c3bed22d457e43e3d1c3c1c6959fda62a8fe06f0fc8a985303c3a2be72232';
const initialBytes = 16_777_216;
/** Of its C stack, as it was built. */
const stackBytes = 5_242_880;
/** What the build imports that is there. The others are files, timers, modules and functions of a host. */
const imported = {
  memory: 'a',
  resizeHeap: 'k',
  environSizes: 'f',
  environ: 'e',
  now: 'p',
  timeZone: 'n',
  localTime: 'm',
} as const;

export function loadQuickJs(): WasmModule {
  const path = createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm');
  const bytes = readFileSync(path);
  if (createHash('sha256').update(bytes).digest('hex') !== buildHash)
    throw new BytecodeError('The build of QuickJS is another one than its functions are known of');
  return new wasm.Module(withMeter(bytes));
}

export interface QuickJsMachine {
  readonly machine: Machine;
  readonly c: QuickJsExports;
  /** From then on there is no clock. While a context is made it is asked for, and stands still. */
  stopClock(): void;
}

export function quickJsMachine(module: WasmModule): QuickJsMachine {
  let hasClock = true;
  const memory = new wasm.Memory({
    initial: initialBytes / pageBytes,
    maximum: sandboxLimits.memoryBytesMax / pageBytes,
  });
  const imports = (machine: Machine) => {
    const all = noImports(module);
    Object.assign(all.a!, {
      [imported.memory]: memory,
      [imported.resizeHeap]: (bytes: number) => (machine.grow(bytes >>> 0) ? 1 : 0),
      [imported.environSizes]: (countAt: number, bytesAt: number) => {
        machine.words[countAt >> 2] = 0;
        machine.words[bytesAt >> 2] = 0;
        return 0;
      },
      [imported.environ]: () => 0,
      [imported.now]: () => {
        if (!hasClock) throw new NotThere('functions have no clock');
        return 0;
      },
      [imported.timeZone]: (offsetAt: number, summerAt: number) => {
        machine.words[offsetAt >> 2] = 0;
        machine.words[summerAt >> 2] = 0;
      },
      // Of a `struct tm` only the distance to UTC is looked at.
      [imported.localTime]: (_seconds: bigint, at: number) => {
        machine.words.fill(0, at >> 2, (at >> 2) + 11);
      },
    });
    return all;
  };
  const machine = new Machine(module, { imports, memoryOf: () => memory, stackBytes });
  return {
    machine,
    c: quickJsExports(machine.exports),
    stopClock: () => {
      hasClock = false;
    },
  };
}
