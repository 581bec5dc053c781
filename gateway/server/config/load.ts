/**
 * Settings from flags, environment, config file and defaults, in this order of precedence, with the source of each. Every
 * failure is a ConfigError that names the place it came from.
 */
import { readFileSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError, translateSystemError } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import { isLoopback } from '../listeners/addresses.ts';
import { type SettingInfo, type SettingName, type Settings, settingInfos, settingsSchema } from './schema.ts';

export type SettingSource = 'flag' | 'environment' | 'file' | 'default';

export interface LoadedSettings {
  readonly values: Settings;
  readonly sources: Readonly<Record<SettingName, SettingSource>>;
  /** Sentences for the log: variables that look like settings and are none. */
  readonly warnings: readonly string[];
}

export interface ConfigInput {
  /** Flag values by setting name, as commander gives them, and `config`: path of the file. */
  readonly flags: Readonly<Record<string, string | boolean>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths start from. */
  readonly folder: string;
}

export const configVariable = 'HYPERGATE_CONFIG';

/** Variables with our prefix that are not settings: of the entry point, the tests and the container build. */
const otherVariables = new Set([
  configVariable,
  'HYPERGATE_BUNDLED_RUNTIME',
  'HYPERGATE_SOAK',
  'HYPERGATE_SEED',
]);

export function loadSettings({ flags, env, folder }: ConfigInput): LoadedSettings {
  const configPath = flags.config ?? nonEmpty(env[configVariable]);
  const file = configPath === undefined ? {} : readConfigFile(resolve(folder, String(configPath)));
  const raw: Record<string, unknown> = {};
  const sources = {} as Record<SettingName, SettingSource>;
  const places = new Map<string, string>();
  for (const info of settingInfos) {
    const [source, value, place] = pick(info, flags, env, file);
    sources[info.name] = source;
    places.set(info.name, place);
    if (source !== 'default') raw[info.name] = value;
  }
  const parsed = settingsSchema.safeParse(raw);
  if (!parsed.success) throw new ConfigError(describeIssue(parsed.error, places));
  checkTogether(parsed.data);
  return { values: parsed.data, sources, warnings: unknownVariables(env) };
}

function pick(
  info: SettingInfo,
  flags: ConfigInput['flags'],
  env: ConfigInput['env'],
  file: Readonly<Record<string, unknown>>,
): [SettingSource, unknown, string] {
  const flag = flags[info.name];
  if (flag !== undefined) return ['flag', flag, info.flag];
  const variable = nonEmpty(env[info.variable]);
  if (variable !== undefined) return ['environment', variable, info.variable];
  const alias = info.alias === undefined ? undefined : nonEmpty(env[info.alias]);
  if (alias !== undefined) return ['environment', alias, info.alias!];
  const value = file[info.name];
  if (value !== undefined && value !== null) return ['file', value, `${info.name} in the config file`];
  return ['default', undefined, info.name];
}

/** Compose files pass an empty text for a variable that is not set, so an empty one counts as absent. */
function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

/** YAML is a superset of JSON, but a `.json` file must be JSON, so that other programs can read it too. */
function readConfigFile(path: string): Readonly<Record<string, unknown>> {
  const parsed = parseConfigText(readBounded(path), path);
  if (parsed === null || parsed === undefined) return {};
  if (typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw new ConfigError(`the config file ${path} must hold settings by name`);
  }
  const known = new Set<string>(settingInfos.map(({ name }) => name));
  for (const key of Object.keys(parsed)) {
    if (!known.has(key))
      throw new ConfigError(`the config file ${path} has an unknown setting ${JSON.stringify(key)}`);
  }
  return parsed as Record<string, unknown>;
}

function readBounded(path: string): string {
  try {
    if (statSync(path).size > serverLimits.configFileBytesMax) {
      throw new ConfigError(
        `the config file ${path} is larger than ${serverLimits.configFileBytesMax} bytes`,
      );
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    const translated = translateSystemError(error, `the config file ${path} cannot be read`);
    throw translated instanceof Error && !(translated instanceof ConfigError)
      ? new ConfigError(translated.message, { cause: error })
      : translated;
  }
}

function parseConfigText(text: string, path: string): unknown {
  try {
    if (extname(path) === '.json') return JSON.parse(text);
    const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true });
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS({ maxAliasCount: 10 });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new ConfigError(`the config file ${path} cannot be understood: ${reason}`, { cause: error });
  }
}

/** The first issue, in the words of the place where the value was written. */
function describeIssue(error: z.ZodError, places: ReadonlyMap<string, string>): string {
  const issue = error.issues[0]!;
  const name = String(issue.path[0] ?? '');
  return `${places.get(name) ?? name} ${issue.message}`;
}

function checkTogether(settings: Settings): void {
  if ((settings.accessKeyId === undefined) !== (settings.secretAccessKey === undefined)) {
    throw new ConfigError('HYPERGATE_ACCESS_KEY_ID and HYPERGATE_SECRET_ACCESS_KEY must be given together');
  }
  if ((settings.tlsCert === undefined) !== (settings.tlsKey === undefined)) {
    throw new ConfigError('HYPERGATE_TLS_CERT and HYPERGATE_TLS_KEY must be given together');
  }
  if (settings.keystorePassphrase !== undefined && settings.keystoreKeyFile !== undefined) {
    throw new ConfigError('give HYPERGATE_KEYSTORE_PASSPHRASE or HYPERGATE_KEYSTORE_KEY_FILE, not both');
  }
  if (settings.services.length > 1 && settings.services.includes('all')) {
    throw new ConfigError('HYPERGATE_SERVICES is either all or a list of names');
  }
  if (settings.allowUnsigned && !settings.dev) {
    throw new ConfigError('HYPERGATE_ALLOW_UNSIGNED works in developer mode only: give HYPERGATE_DEV=1 too');
  }
  const { vdfBitsSafe } = serverLimits;
  if (settings.vdfBits < vdfBitsSafe && !settings.dev) {
    throw new ConfigError(
      `HYPERGATE_VDF_BITS below ${vdfBitsSafe} makes a test network, whose frames say nothing about time: give HYPERGATE_DEV=1 too`,
    );
  }
  if (settings.dev && !isLoopback(settings.host)) {
    throw new ConfigError(`HYPERGATE_DEV works on loopback only, not on ${settings.host}`);
  }
}

function unknownVariables(env: ConfigInput['env']): string[] {
  const known = new Set(settingInfos.map(({ variable }) => variable));
  return Object.keys(env)
    .filter((name) => name.startsWith('HYPERGATE_') && !known.has(name) && !otherVariables.has(name))
    .sort()
    .map((name) => `the environment variable ${name} is not a setting and has no effect`);
}
