/** Versions said plainly: for each key a list, newest first. What the service does is compared with it. */
import { compareBytes, utf8 } from '../engine/bytes.ts';

export type State = 'off' | 'enabled' | 'suspended';

export interface ModelVersion {
  /** `null` or what the service answered. */
  readonly id: string;
  readonly body: string;
  readonly marker: boolean;
}

export interface Shown {
  readonly key: string;
  readonly id: string;
  readonly marker: boolean;
  readonly latest: boolean;
}

export class VersionModel {
  state: State = 'off';
  readonly keys = new Map<string, readonly ModelVersion[]>();

  versions(key: string): readonly ModelVersion[] {
    return this.keys.get(key) ?? [];
  }

  current(key: string): ModelVersion | undefined {
    const first = this.versions(key)[0];
    return first?.marker === true ? undefined : first;
  }

  /** @param id answered for the version; undefined where the service mentions none */
  put(key: string, body: string, id: string | undefined): void {
    this.#add(key, { id: id ?? 'null', body, marker: false });
  }

  delete(key: string, markerId: string | undefined): void {
    if (this.state === 'off') this.keys.delete(key);
    else this.#add(key, { id: markerId ?? '', body: '', marker: true });
  }

  deleteVersion(key: string, id: string): void {
    this.#set(
      key,
      this.versions(key).filter((version) => version.id !== id),
    );
  }

  /** What a listing shows, in order. */
  shown(prefix: string): Shown[] {
    const keys = [...this.keys.keys()].filter((key) => key.startsWith(prefix));
    keys.sort((a, b) => compareBytes(utf8(a), utf8(b)));
    return keys.flatMap((key) =>
      this.versions(key).map(({ id, marker }, i) => ({ key, id, marker, latest: i === 0 })),
    );
  }

  #add(key: string, version: ModelVersion): void {
    if ((this.state === 'enabled') === (version.id === 'null'))
      throw new Error('a version of the wrong kind');
    const others = this.versions(key).filter(({ id }) => id !== version.id);
    this.#set(key, [version, ...others]);
  }

  #set(key: string, versions: readonly ModelVersion[]): void {
    if (versions.length === 0) this.keys.delete(key);
    else this.keys.set(key, versions);
  }
}
