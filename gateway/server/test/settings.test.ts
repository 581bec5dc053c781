import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../cli/main.ts';
import { type ConfigInput, loadSettings } from '../config/load.ts';
import { settingInfos } from '../config/schema.ts';
import { formatDuration, parseDuration } from '../config/units.ts';
import { ConfigError } from '../errors.ts';
import { temporaryFolder } from './temporary.ts';

const load = (input: Partial<ConfigInput>) => loadSettings({ flags: {}, env: {}, folder: '/', ...input });

async function configFile(name: string, text: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, text);
  return path;
}

function refusal(input: Partial<ConfigInput>): string {
  try {
    load(input);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).not.toContain('\n');
    return (error as Error).message;
  }
  throw new Error('the settings were accepted');
}

describe('names', () => {
  test('the fixed variables exist with their defaults', () => {
    const defaults = Object.fromEntries(settingInfos.map((info) => [info.variable, info.defaultText]));
    expect(defaults).toMatchObject({
      HYPERGATE_HOST: '127.0.0.1',
      HYPERGATE_PORT: '4566',
      HYPERGATE_ADMIN_PORT: '4570',
      HYPERGATE_REDIS_PORT: '6379',
      HYPERGATE_REDIS_CLUSTER: 'off',
      HYPERGATE_CQL_PORT: '9042',
      HYPERGATE_POSTGRES_PORT: '5432',
      HYPERGATE_DATA_DIR: './.hypergate',
      HYPERGATE_SERVICES: 'all',
      HYPERGATE_FRAME_INTERVAL: '10s',
      HYPERGATE_PROOFS: 'on',
      HYPERGATE_VDF_SHARE: '5',
      HYPERGATE_VDF_BITS: '2048',
      HYPERGATE_ARCHIVE_FRAMES: 'off',
      HYPERGATE_LIFECYCLE_DAY: '24h',
      HYPERGATE_ACCOUNTS_FILE: undefined,
      HYPERGATE_ACCOUNT_ID: '000000000000',
      HYPERGATE_DEV: 'off',
      HYPERGATE_ALLOW_UNSIGNED: 'off',
      HYPERGATE_LOG_LEVEL: 'info',
      HYPERGATE_TLS: 'off',
      HYPERGATE_TLS_CERT: undefined,
      HYPERGATE_TLS_KEY: undefined,
      HYPERGATE_S3_DOMAINS: 'localhost,s3.localhost',
    });
    expect(Object.keys(defaults)).toContain('HYPERGATE_ACCOUNTS_FILE');
  });

  test('every flag of the start command reaches the setting of its name', () => {
    const start = createProgram().commands.find((command) => command.name() === 'start')!;
    const byFlag = new Map(start.options.map((option) => [option.long, option.attributeName()]));
    for (const info of settingInfos) {
      expect(byFlag.get(info.flag), info.flag).toBe(info.secret ? undefined : info.name);
    }
  });

  test('the README shows every setting as it is', async () => {
    const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
    for (const { variable, flag, secret, defaultText, description } of settingInfos) {
      const cells = [
        `\`${variable}\``,
        secret ? 'none: a secret' : `\`${flag}\``,
        defaultText === undefined ? '' : `\`${defaultText}\``,
        description,
      ];
      expect(readme).toContain(`| ${cells.join(' | ')} |`);
    }
  });

  test('the help names every setting with its variable', () => {
    const start = createProgram().commands.find((command) => command.name() === 'start')!;
    let help = '';
    start.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    for (const info of settingInfos) expect(help.replace(/\s+/g, ' ')).toContain(info.variable);
  });
});

describe('precedence', () => {
  test('flag, then environment, then file, then default', async () => {
    const config = await configFile('hypergate.yaml', 'port: 1003\nadminPort: 1004\nregion: eu-west-1\n');
    const loaded = load({
      flags: { config, port: '1001' },
      env: { HYPERGATE_PORT: '1002', HYPERGATE_ADMIN_PORT: '1005' },
    });
    expect(loaded.values).toMatchObject({ port: 1001, adminPort: 1005, region: 'eu-west-1', cqlPort: 9042 });
    expect(loaded.sources).toMatchObject({
      port: 'flag',
      adminPort: 'environment',
      region: 'file',
      cqlPort: 'default',
    });
  });

  test('the same value comes from a flag, the environment, YAML and JSON', async () => {
    const yaml = await configFile('a.yaml', 'frameInterval: 500ms\ns3Domains: [a.test, b.test]\ndev: true\n');
    const json = await configFile(
      'a.json',
      '{"frameInterval":"500ms","s3Domains":["a.test","b.test"],"dev":true}',
    );
    const texts = { frameInterval: '500ms', s3Domains: 'a.test,b.test', dev: 'on' };
    const env = {
      HYPERGATE_FRAME_INTERVAL: '500ms',
      HYPERGATE_S3_DOMAINS: 'a.test, b.test',
      HYPERGATE_DEV: '1',
    };
    const values = [
      load({ flags: texts }),
      load({ env }),
      load({ flags: { config: yaml } }),
      load({ flags: { config: json } }),
    ];
    for (const { values: one } of values) {
      expect(one).toMatchObject({ frameInterval: 500, s3Domains: ['a.test', 'b.test'], dev: true });
    }
  });

  test('HYPERGATE_CONFIG names the file, relative to the caller', async () => {
    const config = await configFile('c.json', '{"port": 1}');
    const folder = join(config, '..');
    expect(load({ env: { HYPERGATE_CONFIG: 'c.json' }, folder }).values.port).toBe(1);
  });

  test('an empty variable counts as absent', () => {
    expect(load({ env: { HYPERGATE_PORT: '', HYPERGATE_ACCESS_KEY_ID: '' } }).sources.port).toBe('default');
  });
});

describe('refusals are one clear line', () => {
  test.each([
    [{ flags: { port: '70000' } }, '--port must be a whole number from 0 to 65535'],
    [{ env: { HYPERGATE_PORT: '0x10' } }, 'HYPERGATE_PORT must be a whole number from 0 to 65535'],
    [{ env: { HYPERGATE_PORT: '45.66' } }, 'HYPERGATE_PORT must be a whole number'],
    [
      { env: { HYPERGATE_FRAME_INTERVAL: '10' } },
      'HYPERGATE_FRAME_INTERVAL must be a time from 100ms to 24h',
    ],
    [{ env: { HYPERGATE_FRAME_INTERVAL: '1ms' } }, 'HYPERGATE_FRAME_INTERVAL must be a time'],
    [{ flags: { vdfShare: '51' } }, '--vdf-share must be a percentage from 0 to 50'],
    [{ flags: { vdfShare: '-1' } }, '--vdf-share must be a percentage from 0 to 50'],
    [{ flags: { vdfShare: '1e1' } }, '--vdf-share must be a percentage from 0 to 50'],
    [{ flags: { vdfBits: '2047' } }, '--vdf-bits must be a multiple of 8 from 256 to 4096'],
    [{ flags: { vdfBits: '248', dev: 'on' } }, '--vdf-bits must be a multiple of 8 from 256 to 4096'],
    [{ flags: { vdfBits: '8192' } }, '--vdf-bits must be a multiple of 8 from 256 to 4096'],
    [
      { env: { HYPERGATE_VDF_BITS: '2040' } },
      'HYPERGATE_VDF_BITS below 2048 makes a test network, whose frames say nothing about time: give HYPERGATE_DEV=1 too',
    ],
    [{ env: { HYPERGATE_DEV: 'maybe' } }, 'HYPERGATE_DEV must be on or off'],
    [{ flags: { accountId: '12' } }, '--account-id must be 12 digits'],
    [{ flags: { logLevel: 'loud' } }, '--log-level must be fatal, error, warn'],
    [{ flags: { services: ',' } }, '--services must be a comma list'],
    [{ flags: { services: 's3,s3' } }, '--services must be a comma list'],
    [{ env: { HYPERGATE_ACCESS_KEY_ID: 'a' } }, 'must be given together'],
    [{ env: { HYPERGATE_TLS_CERT: 'a' } }, 'must be given together'],
    [{ env: { HYPERGATE_ALLOW_UNSIGNED: '1' } }, 'works in developer mode only'],
    [{ env: { HYPERGATE_DEV: '1', HYPERGATE_HOST: '0.0.0.0' } }, 'HYPERGATE_DEV works on loopback only'],
  ])('%j', (input, line) => {
    expect(refusal(input)).toContain(line);
  });

  test.each([
    ['a.yaml', 'prot: 1', 'unknown setting "prot"'],
    ['a.yaml', '__proto__: 1', 'unknown setting "__proto__"'],
    ['a.json', '{"__proto__": 1}', 'unknown setting "__proto__"'],
    ['a.yaml', 'port: [', 'cannot be understood'],
    ['a.yaml', 'port: 1\nport: 2', 'cannot be understood'],
    ['a.json', 'port: 1', 'cannot be understood'],
    ['a.yaml', '- port', 'must hold settings by name'],
    ['a.yaml', 'port: high', 'port in the config file must be a whole number'],
    ['a.yaml', 'services: 3', 'services in the config file must be a comma list'],
  ])('%s with %j', async (name, text, line) => {
    expect(refusal({ flags: { config: await configFile(name, text) } })).toContain(line);
  });

  test('a config file that is missing, too large or a folder', async () => {
    const folder = await temporaryFolder();
    expect(refusal({ flags: { config: join(folder, 'none.yaml') } })).toContain('does not exist');
    expect(refusal({ flags: { config: folder } })).toContain('it is a folder');
    const large = await configFile('large.yaml', `# ${'x'.repeat(1024 * 1024)}`);
    expect(refusal({ flags: { config: large } })).toContain('larger than');
  });

  test('a refused secret is not repeated', () => {
    const env = { HYPERGATE_ACCESS_KEY_ID: 'a', HYPERGATE_SECRET_ACCESS_KEY: 'my secret with spaces' };
    expect(refusal({ env })).not.toContain('my secret');
  });
});

test('shares and sizes of the delay function, from a text or a number', async () => {
  const share = (vdfShare: string) => load({ flags: { vdfShare } }).values.vdfShare;
  expect([share('0'), share('5'), share('2.5%'), share('50')]).toEqual([0, 5, 2.5, 50]);
  const config = await configFile('vdf.yaml', 'vdfShare: 0.5\nvdfBits: 512\ndev: on\n');
  expect(load({ flags: { config } }).values).toMatchObject({ vdfShare: 0.5, vdfBits: 512 });
  expect(load({ flags: { vdfBits: '4096' } }).values.vdfBits).toBe(4096);
});

test('a range of ports is two ports, or any', () => {
  const range = (rdsPorts: string) => load({ flags: { rdsPorts } }).values.rdsPorts;
  expect([range('6000-6010'), range('7-7'), range('0')]).toEqual([
    { from: 6000, to: 6010 },
    { from: 7, to: 7 },
    { from: 0, to: 0 },
  ]);
  for (const wrong of ['6000', '2-1', '0-5', '1-65536', 'a-b', '']) {
    expect(refusal({ flags: { rdsPorts: wrong } })).toContain('--rds-ports must be a range of ports');
  }
});

test('the programs of PostgreSQL are found by the name that others use, too; ours comes first', () => {
  const folder = (env: Record<string, string>) => load({ env }).values.rdsPgBin;
  expect(folder({ RDS_PG_BIN: '/usr/pg/bin' })).toBe('/usr/pg/bin');
  expect(folder({ RDS_PG_BIN: '/usr/pg/bin', HYPERGATE_RDS_PG_BIN: '/mine' })).toBe('/mine');
});

test('a variable with our prefix that is no setting is reported', () => {
  const { warnings } = load({ env: { HYPERGATE_PROT: '1', HYPERGATE_SOAK: '1', HYPERGATE_CONFIG: '' } });
  expect(warnings).toEqual(['the environment variable HYPERGATE_PROT is not a setting and has no effect']);
});

describe('times', () => {
  test.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(['', '10', 's', '-1s', '1.5s', '1 s', '10S', '9999999999999s', '1e3ms'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('what is formatted reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (ms) => parseDuration(formatDuration(ms)) === ms),
    );
  });
});
