/** Virtual-host addressing of buckets: `bucket.s3.localhost`. */

/** Lower case, without port and trailing dot; brackets of an IPv6 address stay. */
export function hostName(header: string): string {
  let host = header.trim().toLowerCase();
  const colon = host.lastIndexOf(':');
  if (colon > host.lastIndexOf(']')) host = host.slice(0, colon);
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

/** What services with hosts or paths of their own look at. */
export interface Place {
  /** Lower case, without port. */
  readonly host: string;
  /** As sent; empty where the host is a bucket's. */
  readonly path: string;
}

/** Finds the bucket in a host name; a host outside the configured domains is path style. */
export class HostStyle {
  readonly #domains: ReadonlySet<string>;
  /** With a leading dot, longest first: `b.s3.localhost` is bucket `b`, not `b.s3` of `localhost`. */
  readonly #suffixes: readonly string[];
  /** Clients use few hosts; the last one answered is nearly always the next one asked. */
  #last: { readonly header: string; readonly bucket: string | undefined } = { header: '', bucket: undefined };

  constructor(s3Domains: readonly string[]) {
    const domains = s3Domains.map(hostName).filter((domain) => domain !== '');
    this.#domains = new Set(domains);
    this.#suffixes = domains.map((domain) => `.${domain}`).sort((a, b) => b.length - a.length);
  }

  bucketOf(hostHeader: string): string | undefined {
    if (this.#last.header === hostHeader) return this.#last.bucket;
    const bucket = this.#find(hostName(hostHeader));
    this.#last = { header: hostHeader, bucket };
    return bucket;
  }

  placeOf(hostHeader: string, path: string): Place {
    return { host: hostName(hostHeader), path: this.bucketOf(hostHeader) === undefined ? path : '' };
  }

  #find(host: string): string | undefined {
    if (this.#domains.has(host)) return undefined;
    const suffix = this.#suffixes.find((one) => host.endsWith(one) && host.length > one.length);
    return suffix === undefined ? undefined : host.slice(0, -suffix.length);
  }
}
