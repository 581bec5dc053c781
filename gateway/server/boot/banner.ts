/** What a user reads first, on standard output: where to connect and what to paste. */
import type { Hint } from '@hypergate/kit';
import type { Credentials } from './credentials.ts';

export interface BannerFacts {
  readonly version: string;
  readonly endpoint: string;
  readonly adminEndpoint: string;
  readonly region: string;
  readonly dataDir: string;
  readonly services: readonly string[];
  readonly listeners: readonly { readonly name: string; readonly port: number }[];
  readonly hints: readonly Hint[];
  readonly credentials: Credentials;
  /** File of a self-signed certificate that clients must trust. */
  readonly trustPath: string | undefined;
  /** File with the token of the admin API, when it asks for one that was generated. */
  readonly adminTokenPath: string | undefined;
  readonly dev: boolean;
}

export function bannerText(facts: BannerFacts): string {
  const rows: [string, string][] = [
    ['endpoint', facts.endpoint],
    ...facts.listeners.map(({ name, port }): [string, string] => [name, `port ${port}`]),
    ...facts.hints.map(({ label, text }): [string, string] => [label, text]),
    ['admin', facts.adminEndpoint],
    ['region', facts.region],
    ['services', facts.services.join(', ') || 'none'],
    ['data', facts.dataDir],
  ];
  if (facts.adminTokenPath !== undefined) rows.push(['admin token', facts.adminTokenPath]);
  if (facts.dev) rows.push(['developer mode', 'POST /_hypergate/reset empties everything']);
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    `Hypergate ${facts.version}`,
    '',
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`),
    '',
    ...exportLines(facts),
    '',
    'ready',
    '',
  ].join('\n');
}

/**
 * Only secrets that everyone knows (test) or that nobody can have yet (generated) are printed; the user's own stay in the
 * user's hands.
 */
function exportLines({ credentials, endpoint, region, trustPath }: BannerFacts): string[] {
  const root = credentials.accounts[0];
  return [
    `export AWS_ACCESS_KEY_ID=${shellWord(root.accessKeyId)}`,
    credentials.origin === 'own'
      ? '# AWS_SECRET_ACCESS_KEY: the secret you configured'
      : `export AWS_SECRET_ACCESS_KEY=${shellWord(root.secretAccessKey)}`,
    `export AWS_DEFAULT_REGION=${region}`,
    `export AWS_ENDPOINT_URL=${endpoint}`,
    ...(trustPath === undefined ? [] : [`export AWS_CA_BUNDLE=${shellWord(trustPath)}`]),
  ];
}

function shellWord(text: string): string {
  return /^[\w./+=@:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
