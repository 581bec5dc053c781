/** `npm run bench s3|redis|kms|rds|cql|lambda|proving|mpc|proofs-cost`: see the files named here for their arguments. */
import { parseArgs } from 'node:util';

const benches: Readonly<Record<string, () => Promise<{ main(args: readonly string[]): Promise<number> }>>> = {
  s3: () => import('./s3-main.ts'),
  redis: () => import('./redis-main.ts'),
  kms: () => import('./kms/main.ts'),
  rds: () => import('./rds/main.ts'),
  cql: () => import('./cql/main.ts'),
  lambda: () => import('./lambda/main.ts'),
  proving: () => import('./proving/main.ts'),
  mpc: () => import('./mpc/main.ts'),
  'proofs-cost': () => import('./proofs-cost.ts'),
};

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [name = ''] = parseArgs({ args: [...args], strict: false, allowPositionals: true }).positionals;
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (bench === undefined) {
    console.error(`usage: bench ${Object.keys(benches).join('|')} [--quick] [--only NAME] [--out FILE] ...`);
    return 2;
  }
  return (await bench()).main(args);
}
