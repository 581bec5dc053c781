/** The credential of a signature: `AKID/20130524/us-east-1/s3/aws4_request`. */

export interface Scope {
  /** `20130524` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export interface Credential {
  readonly accessKeyId: string;
  readonly scope: Scope;
}

export const scopeTerminal = 'aws4_request';

export function scopeText(scope: Scope): string {
  return `${scope.date}/${scope.region}/${scope.service}/${scopeTerminal}`;
}

const eightDigits = /^\d{8}$/;

/**
 * Splits a credential; the access key id is what stands before the last four parts, so it may hold slashes.
 * @returns a sentence when it is malformed
 */
export function parseCredential(text: string): Credential | string {
  const expecting = `the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/${scopeTerminal}".`;
  const parts = text.split('/');
  if (parts.length < 5) return expecting;
  const [date, region, service, terminal] = parts.slice(-4) as [string, string, string, string];
  const accessKeyId = parts.slice(0, -4).join('/');
  if (accessKeyId === '') return 'a non-empty Access Key (AKID) must be provided in the credential.';
  if (terminal !== scopeTerminal) {
    return `incorrect terminal "${terminal}". This endpoint uses "${scopeTerminal}".`;
  }
  if (!eightDigits.test(date)) {
    return `incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd".`;
  }
  if (region === '' || service === '') return expecting;
  return { accessKeyId, scope: { date, region, service } };
}
