/**
 * Which function URL a request is for: the one that its host names, or, for resolvers that do not know names below `localhost`, the one that its
 * path begins with (`/_hypergate/lambda-url/ID/…`; no bucket can have that name). Behind the path form a function stands on the gateway's own
 * origin, so browsers are told to keep its pages apart from it.
 */
import type { Call } from '@hypergate/kit';

const hostForm = /^([a-z0-9]{32})\.lambda-url\.[a-z0-9-]+\./;
const paths = '/_hypergate/lambda-url/';
const pathForm = /^\/_hypergate\/lambda-url\/([a-z0-9]{32})(?=[/?]|$)/;

/** @param host lower case, without port @param path as sent */
export const isUrlPlace = (host: string, path: string): boolean =>
  hostForm.test(host) || path.startsWith(paths);

export interface UrlPlace {
  /** Empty when there is none. */
  readonly urlId: string;
  /** What the function is asked for. */
  readonly rawUrl: string;
  /** Path that stands before that; empty for hosts. */
  readonly prefix: string;
}

export function urlPlaceOf(call: Pick<Call<unknown>, 'header' | 'rawUrl'>): UrlPlace {
  const { rawUrl } = call;
  const named = hostForm.exec((call.header('host') ?? '').toLowerCase())?.[1];
  if (named !== undefined) return { urlId: named, rawUrl, prefix: '' };
  const [prefix = '', urlId = ''] = pathForm.exec(rawUrl) ?? [];
  const rest = rawUrl.slice(prefix.length);
  return { urlId, rawUrl: rest.startsWith('/') ? rest : `/${rest}`, prefix };
}

const sandbox = 'sandbox allow-scripts allow-forms allow-popups allow-downloads';

/** Headers of an answer in the path form. */
export function keptApart(
  { prefix }: UrlPlace,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (prefix === '') return headers;
  const own = headers['content-security-policy'];
  return { ...headers, 'content-security-policy': own === undefined ? sandbox : `${own}, ${sandbox}` };
}
