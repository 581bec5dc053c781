/** How often a transaction names packages more, or less. A package stands in a transaction once, so uses are added up first. */
import type { DomainWrite } from '@hypergate/table';
import type { PackageRef, VersionRow } from '../model/function-rows.ts';
import type { Packages, StagedPackage } from '../packages/api.ts';

interface Use {
  readonly ref: PackageRef;
  by: number;
}

export class PackageUses {
  readonly #uses = new Map<string, Use>();

  /** @param by uses that are added, or taken when negative */
  count(ref: PackageRef, by: number): this {
    const name = `${ref.account}/${ref.sha256}`;
    const use = this.#uses.get(name);
    if (use === undefined) this.#uses.set(name, { ref, by });
    else use.by += by;
    return this;
  }

  /** Of the code and the layers of a version. */
  version(version: Pick<VersionRow, 'code' | 'layers'>, by: number): this {
    this.count(version.code, by);
    for (const layer of version.layers) this.count(layer.package, by);
    return this;
  }

  /**
   * @param staged a package that may not be kept yet
   * @returns what to write, and whether the staged package is part of it
   */
  async writes(
    packages: Packages,
    staged?: StagedPackage,
  ): Promise<{ readonly writes: readonly DomainWrite[]; readonly takesStaged: boolean }> {
    const writes: DomainWrite[] = [];
    let takesStaged = false;
    for (const { ref, by } of this.#uses.values()) {
      if (by < 0) writes.push(...(await packages.release(ref, -by)));
      if (by <= 0) continue;
      const isStaged = staged?.ref.sha256 === ref.sha256 && staged.ref.account === ref.account;
      takesStaged ||= isStaged;
      writes.push(...(await (isStaged ? staged.keep(by) : packages.keep(ref, by))));
    }
    return { writes, takesStaged };
  }
}
