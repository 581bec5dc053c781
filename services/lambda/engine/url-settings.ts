/** What function URLs may be set to (API reference, `Cors` and CreateFunctionUrlConfig). */
import { requireCount, requireLength, requireOneOf, requirePattern, requireRange } from './requirements.ts';
import { settingLimits } from './setting-limits.ts';

export interface Cors {
  allowCredentials?: boolean | undefined;
  allowHeaders?: string[] | undefined;
  allowMethods?: string[] | undefined;
  allowOrigins?: string[] | undefined;
  exposeHeaders?: string[] | undefined;
  maxAgeSeconds?: number | undefined;
}

type Wire = Readonly<Record<string, unknown>>;

export const authTypes = ['NONE', 'AWS_IAM'] as const;
export const invokeModes = ['BUFFERED', 'RESPONSE_STREAM'] as const;
const methods = ['GET', 'PUT', 'HEAD', 'POST', 'PATCH', 'DELETE', '*'] as const;

/** Only aliases have URLs. @throws AwsError */
export function requireAlias(qualifier: string | undefined): void {
  if (qualifier === undefined) return;
  requirePattern(qualifier, 'qualifier', /^(?!\d+$)[0-9a-zA-Z-_]+$/, '((?!^\\d+$)^[0-9a-zA-Z-_]+$)');
}

/** @throws AwsError */
export function corsOf(wire: Wire): Cors {
  const { AllowCredentials, MaxAge } = wire;
  const { corsEntriesMax, corsHeaderMax, corsMaxAgeSecondsMax, corsOriginMax } = settingLimits;
  const list = (member: string, charsMax: number, max: number): string[] | undefined => {
    const value = wire[member];
    if (value === undefined) return undefined;
    const texts = (value as unknown[]).map(String);
    const where = `cors.${member[0]?.toLowerCase()}${member.slice(1)}`;
    requireCount(texts, where, max);
    // A line break would begin a header of its own.
    for (const text of texts) {
      requireLength(text, `${where}.member`, charsMax, 1);
      requirePattern(text, `${where}.member`, /^[\x21-\x7e]+$/, '.*');
    }
    return texts;
  };
  const cors: Cors = {};
  const allowHeaders = list('AllowHeaders', corsHeaderMax, corsEntriesMax);
  const allowMethods = list('AllowMethods', 6, methods.length - 1);
  const allowOrigins = list('AllowOrigins', corsOriginMax, corsEntriesMax);
  const exposeHeaders = list('ExposeHeaders', corsHeaderMax, corsEntriesMax);
  for (const method of allowMethods ?? []) requireOneOf(method, 'cors.allowMethods.member', methods);
  if (allowHeaders !== undefined) cors.allowHeaders = allowHeaders;
  if (allowMethods !== undefined) cors.allowMethods = allowMethods;
  if (allowOrigins !== undefined) cors.allowOrigins = allowOrigins;
  if (exposeHeaders !== undefined) cors.exposeHeaders = exposeHeaders;
  if (typeof AllowCredentials === 'boolean') cors.allowCredentials = AllowCredentials;
  if (typeof MaxAge === 'number') {
    requireRange(MaxAge, 'cors.maxAge', 0, corsMaxAgeSecondsMax);
    cors.maxAgeSeconds = MaxAge;
  }
  return cors;
}

export function showCors(cors: Cors): Wire {
  return {
    AllowCredentials: cors.allowCredentials,
    AllowHeaders: cors.allowHeaders,
    AllowMethods: cors.allowMethods,
    AllowOrigins: cors.allowOrigins,
    ExposeHeaders: cors.exposeHeaders,
    MaxAge: cors.maxAgeSeconds,
  };
}
