/** The words of GEOSEARCH, GEORADIUS and their kin. */
import { RedisError, syntaxError } from '../engine/errors.ts';
import type { ZsetValue } from '../engine/types/zset-value.ts';
import type { GeoShape } from '../model/geo-area.ts';
import { type Position, positionOf } from '../model/geohash.ts';
import { readPosition, readUnit } from './geo-arguments.ts';
import { readInteger, readScore } from './zset-arguments.ts';

const noSuchMember = new RedisError('ERR could not decode requested zset member');
const badCount = new RedisError('ERR COUNT must be > 0');
const anyWithoutCount = new RedisError('ERR the ANY argument requires COUNT argument');
const badRadius = new RedisError('ERR need numeric radius');
const negativeRadius = new RedisError('ERR radius cannot be negative');
const badWidth = new RedisError('ERR need numeric width');
const badHeight = new RedisError('ERR need numeric height');
const negativeBox = new RedisError('ERR height or width cannot be negative');

/** What the name of a command says. */
export interface GeoForm {
  /** Where the centre and the area stand: in options, or before them. */
  readonly words: 'search' | 'radius' | 'member';
  readonly keyAt: 1 | 2;
  /** GEOSEARCHSTORE: the key to store in stands first, and STOREDIST is a flag. */
  readonly storeFirst?: boolean;
  /** STORE and STOREDIST with a key. */
  readonly storeOptions?: boolean;
}

export interface GeoRequest {
  /** Undefined when there is no key to search. */
  readonly shape: GeoShape | undefined;
  /** Metres in the unit of the answer. */
  readonly unitMetres: number;
  readonly order: 'none' | 'asc' | 'desc';
  /** 0 for all. */
  readonly count: number;
  /** The first that are found will do, not the nearest. */
  readonly any: boolean;
  readonly withDistance: boolean;
  readonly withHash: boolean;
  readonly withPosition: boolean;
  readonly storeKey: string | undefined;
  readonly storeDistance: boolean;
}

type Area =
  | { readonly kind: 'circle'; readonly radius: number; readonly unitMetres: number }
  | { readonly kind: 'box'; readonly width: number; readonly height: number; readonly unitMetres: number };

class Reader {
  private readonly args: readonly string[];
  private readonly form: GeoForm;
  private readonly zset: ZsetValue | undefined;
  private centre: Position | undefined;
  private centreIs: 'member' | 'position' | undefined;
  private area: Area | undefined;
  private order: 'none' | 'asc' | 'desc' = 'none';
  private count = 0;
  private any = false;
  private withDistance = false;
  private withHash = false;
  private withPosition = false;
  private storeKey: string | undefined;
  private storeDistance = false;

  constructor(args: readonly string[], form: GeoForm, zset: ZsetValue | undefined) {
    this.args = args;
    this.form = form;
    this.zset = zset;
  }

  read(): GeoRequest {
    const { args, form } = this;
    let at = form.keyAt + 1;
    if (form.storeFirst === true) this.storeKey = args[1]!;
    if (form.words === 'radius') {
      this.centre = readPosition(args, at);
      this.area = readCircle(args, at + 2);
      at += 4;
    } else if (form.words === 'member') {
      // Without a key the centre and the radius are not looked at: the options say what the answer is.
      if (this.zset !== undefined) {
        this.setMember(args[at]!);
        this.area = readCircle(args, at + 1);
      }
      at += 3;
    }
    while (at < args.length) at += this.readOption(args[at]!.toLowerCase(), at, args.length - at - 1);
    this.check();
    return {
      shape: this.shape(),
      unitMetres: this.area?.unitMetres ?? 1,
      order: this.order === 'none' && this.count > 0 && !this.any ? 'asc' : this.order,
      count: this.count,
      any: this.any,
      withDistance: this.withDistance,
      withHash: this.withHash,
      withPosition: this.withPosition,
      storeKey: this.storeKey,
      storeDistance: this.storeDistance,
    };
  }

  /** @param left words after it @returns how many words were read */
  private readOption(word: string, at: number, left: number): number {
    const { args, form } = this;
    const search = form.words === 'search';
    switch (word) {
      case 'withdist':
        this.withDistance = true;
        return 1;
      case 'withhash':
        this.withHash = true;
        return 1;
      case 'withcoord':
        this.withPosition = true;
        return 1;
      case 'any':
        this.any = true;
        return 1;
      case 'asc':
      case 'desc':
        this.order = word;
        return 1;
      case 'count':
        if (left < 1) break;
        this.count = readInteger(args[at + 1]!);
        if (this.count <= 0) throw badCount;
        return 2;
      case 'store':
      case 'storedist':
        if (form.storeFirst === true && word === 'storedist') {
          this.storeDistance = true;
          return 1;
        }
        if (form.storeOptions !== true || left < 1) break;
        this.storeKey = args[at + 1]!;
        this.storeDistance = word === 'storedist';
        return 2;
      case 'frommember':
        if (!search || left < 1 || this.centreIs === 'position') break;
        if (this.zset !== undefined) this.setMember(args[at + 1]!);
        this.centreIs = 'member';
        return 2;
      case 'fromlonlat':
        if (!search || left < 2 || this.centreIs === 'member') break;
        this.centre = readPosition(args, at + 1);
        this.centreIs = 'position';
        return 3;
      case 'byradius':
        if (!search || left < 2 || this.area?.kind === 'box') break;
        this.area = readCircle(args, at + 1);
        return 3;
      case 'bybox':
        if (!search || left < 3 || this.area?.kind === 'circle') break;
        this.area = readBox(args, at + 1);
        return 4;
    }
    throw syntaxError;
  }

  private check(): void {
    const { args, form } = this;
    if (this.storeKey !== undefined && (this.withDistance || this.withHash || this.withPosition)) {
      const what = form.storeFirst === true ? 'GEOSEARCHSTORE' : 'STORE option in GEORADIUS';
      throw new RedisError(`ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`);
    }
    if (form.words === 'search') {
      if (this.centreIs === undefined)
        throw new RedisError(`ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${args[0]!}`);
      if (this.area === undefined)
        throw new RedisError(`ERR exactly one of BYRADIUS and BYBOX can be specified for ${args[0]!}`);
    }
    if (this.any && this.count === 0) throw anyWithoutCount;
  }

  private setMember(member: string): void {
    const score = this.zset!.score(member);
    if (score === undefined) throw noSuchMember;
    this.centre = positionOf(score);
  }

  private shape(): GeoShape | undefined {
    const { area, centre } = this;
    if (this.zset === undefined || area === undefined || centre === undefined) return undefined;
    const { unitMetres } = area;
    if (area.kind === 'circle') return { kind: 'circle', centre, radiusMetres: area.radius * unitMetres };
    return {
      kind: 'box',
      centre,
      widthMetres: area.width * unitMetres,
      heightMetres: area.height * unitMetres,
    };
  }
}

/** @throws RedisError */
export function readGeoRequest(
  args: readonly string[],
  form: GeoForm,
  zset: ZsetValue | undefined,
): GeoRequest {
  return new Reader(args, form, zset).read();
}

function readCircle(args: readonly string[], at: number): Area {
  const radius = readScore(args[at]!, badRadius);
  if (radius < 0) throw negativeRadius;
  return { kind: 'circle', radius, unitMetres: readUnit(args[at + 1]!) };
}

function readBox(args: readonly string[], at: number): Area {
  const width = readScore(args[at]!, badWidth);
  const height = readScore(args[at + 1]!, badHeight);
  if (width < 0 || height < 0) throw negativeBox;
  return { kind: 'box', width, height, unitMetres: readUnit(args[at + 2]!) };
}
