import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Of keys: what is slow, and no part of what most changes are about. */
const keys = ['services/kms/**/*.test.ts', 'node/jobs/threshold/**/*.test.ts'];

/**
 * How long something may take says nothing about it on a machine that has other things to do: these only end what would wait for ever.
 * A condition is looked at until it holds.
 */
const endlessMs = 180_000;

const common = {
  environment: 'node',
  pool: 'forks',
  testTimeout: endlessMs,
  hookTimeout: endlessMs,
  /**
   * Where nothing else is said, files share a process: they load much of the same and leave nothing behind, which spares a quarter of their
   * time. So modules beside the test files are evaluated once: what they hook to tests, they hook when they are called.
   */
  isolate: false,
  expect: { poll: { timeout: endlessMs / 2, interval: 20 } },
} as const;

/**
 * With HYPERGATE_SEED a run takes the same examples every time: whoever asks whether a change can be taken asks about the change. Without it
 * every run has new ones.
 */
const seeded = {
  name: 'seeded',
  enforce: 'pre',
  transform(code: string) {
    if (process.env.HYPERGATE_SEED === undefined || !code.includes("from 'fast-check'")) return undefined;
    const seed = fileURLToPath(new URL('compat-tests/lib/fixed-seed.ts', import.meta.url));
    // On the first line, so that lines keep their numbers.
    return { code: `import ${JSON.stringify(seed)}; ${code}`, map: null };
  },
} as const;
const plugins = [seeded];

/** Tests start hundreds of processes and threads of the program: compiled code is kept between them, where the gateway keeps its own. */
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/hypergate', import.meta.url));

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        plugins,
        test: {
          ...common,
          // Some test what a process has one of: registries of the AWS SDK's schemas, hooks of modules.
          name: 'unit',
          isolate: true,
          include: ['{gateway,node,services,openapi}/**/*.test.ts', 'compat-tests/contract/tidy.test.ts'],
          exclude: ['**/node_modules/**', '**/*.contract.test.ts', '**/*.peers.test.ts', ...keys],
        },
      },
      {
        plugins,
        test: {
          ...common,
          name: 'keys',
          include: keys,
          exclude: ['**/node_modules/**', '**/*.contract.test.ts'],
        },
      },
      {
        plugins,
        test: {
          ...common,
          name: 'contract',
          isolate: true,
          include: ['{node,services,gateway}/**/*.contract.test.ts'],
          exclude: ['**/node_modules/**'],
        },
      },
      {
        plugins,
        test: {
          ...common,
          // Some look at what their own process holds.
          name: 'compat',
          isolate: true,
          include: ['compat-tests/{suites,faults,consistency,security}/**/*.test.ts'],
          exclude: [
            '**/node_modules/**',
            'compat-tests/suites/{redis,s3}/**',
            'compat-tests/suites/lambda/optional.test.ts',
          ],
        },
      },
      {
        plugins,
        test: {
          ...common,
          // Many short files, most of them on one gateway.
          name: 's3',
          globalSetup: ['compat-tests/lib/shared-gateway.ts'],
          include: ['compat-tests/suites/s3/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
        },
      },
      {
        plugins,
        test: {
          ...common,
          // Beside the real server or a client of Debian's, which has to be installed, or with packages that npm fetches: `npm run test:peers`.
          name: 'peers',
          isolate: true,
          include: [
            'compat-tests/suites/redis/**/*.test.ts',
            'compat-tests/suites/lambda/optional.test.ts',
            'services/**/*.peers.test.ts',
          ],
          exclude: ['**/node_modules/**'],
        },
      },
    ],
  },
});
