/** Code of runtime `mpc` is compiled when it is given, before anything of it is kept. */
import { lambdaError } from '../engine/errors.ts';
import { lambdaLimits } from '../limits.ts';
import type { VersionRow } from '../model/function-rows.ts';
import type { PackageFiles } from '../mpc/api.ts';
import { readWhole, readZip } from '../packages/index.ts';
import type { StagedCode } from './code.ts';
import type { LambdaCall } from './operation.ts';

export const mpcRuntime = 'mpc';

/** @throws AwsError with what is wrong in the package, and in a source line and column */
export async function circuitOf(
  { context }: LambdaCall,
  runtime: string,
  { zip }: StagedCode,
): Promise<Pick<VersionRow, 'circuit'>> {
  if (runtime !== mpcRuntime) return {};
  const { circuit } = await context.mpc.compileFunction(filesOf(zip));
  return { circuit };
}

/** What was compiled belongs to its code. @throws AwsError */
export function requireSameKind(before: string, after: string): void {
  if ((before === mpcRuntime) === (after === mpcRuntime)) return;
  throw lambdaError(
    'InvalidParameterValueException',
    'The runtime of a function cannot be changed to mpc or from it: create another function.',
  );
}

/** @param zip was looked at when it was staged */
function filesOf(zip: Uint8Array): PackageFiles {
  const bytes = Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength);
  const { root } = readZip(bytes, lambdaLimits.unpackedMax);
  return {
    find(path) {
      let node: ReturnType<typeof root.children.get> = root;
      for (const part of path.split('/'))
        node = node?.kind === 'folder' ? node.children.get(part) : undefined;
      if (node?.kind !== 'file') return undefined;
      const { content, size } = node;
      return { size, read: () => readWhole(bytes, content) };
    },
  };
}
