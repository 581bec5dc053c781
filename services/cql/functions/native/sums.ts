/**
 * `sum` and `avg`. Results have the type of what is added: sums of integers overflow silently, averages are cut to it. Both are zero of
 * nothing, as Cassandra 4.0 has it. Nulls do not count.
 */
import type { Value } from '../../types/api.ts';
import { abs, type Decimal } from '../../types/decimal.ts';
import { addDecimals, divideDecimals, subtractDecimals } from '../../types/decimal-arithmetic.ts';
import {
  decodeNumber,
  encodeNumber,
  isInteger,
  type NumberName,
  type Numeric,
  toDecimal,
  toDouble,
} from '../../types/numbers.ts';
import type { AggregateState } from '../api.ts';

/** What one of them does with numbers. */
interface Accumulation {
  add(number: Numeric): void;
  result(): Numeric;
}

/** An empty value is no number. */
function state(name: NumberName, of: Accumulation): AggregateState {
  return {
    add: ([value]) => {
      if (value !== undefined && value.length > 0) of.add(decodeNumber(name, value));
    },
    result: (): Value => encodeNumber(name, of.result()),
  };
}

/** Integers of any length are cut to their type only in the end, which comes to the same. */
class IntegerSum implements Accumulation {
  protected sum = 0n;
  protected count = 0n;

  add(number: Numeric): void {
    this.sum += number as bigint;
    this.count += 1n;
  }

  result(): Numeric {
    return this.sum;
  }
}

class IntegerAverage extends IntegerSum {
  override result(): Numeric {
    return this.count === 0n ? 0n : this.sum / this.count;
  }
}

/**
 * Kahan, "Pracniques: further remarks on reducing truncation errors", 1965. The plain sum besides tells infinities from what the
 * correction makes of them.
 */
class FloatingSum implements Accumulation {
  protected sum = 0;
  protected count = 0;
  private plain = 0;
  private lost = 0;

  add(number: Numeric): void {
    this.count += 1;
    this.plain += number as number;
    const corrected = (number as number) - this.lost;
    const next = this.sum + corrected;
    this.lost = next - this.sum - corrected;
    this.sum = next;
  }

  result(): number {
    return Number.isFinite(this.sum) ? this.sum : this.plain;
  }
}

class FloatingAverage extends FloatingSum {
  /** Instead of the sum, from where it is more than a double can be. */
  private exact: Decimal | undefined;
  /** Of the infinities and of what is no number: once there is one, nothing else counts. */
  private endless: number | undefined;

  override add(number: Numeric): void {
    const before = this.sum;
    super.add(number);
    if (!Number.isFinite(number)) this.endless = (this.endless ?? 0) + (number as number);
    else if (this.exact !== undefined) this.exact = addDecimals(this.exact, toDecimal(number));
    else if (Number.isFinite(before) && !Number.isFinite(this.sum))
      this.exact = addDecimals(toDecimal(before), toDecimal(number));
  }

  override result(): number {
    if (this.count === 0) return 0;
    if (this.endless !== undefined) return this.endless;
    if (this.exact === undefined) return super.result() / this.count;
    return toDouble(divideDecimals(this.exact, { unscaled: BigInt(this.count), scale: 0 }));
  }
}

const zero: Decimal = { unscaled: 0n, scale: 0 };

class DecimalSum implements Accumulation {
  private sum = zero;

  add(number: Numeric): void {
    this.sum = addDecimals(this.sum, number as Decimal);
  }

  result(): Numeric {
    return this.sum;
  }
}

/** In the dividend's scale; halves to the even digit. */
function divide({ unscaled, scale }: Decimal, by: bigint): Decimal {
  const quotient = unscaled / by;
  const twice = abs(unscaled % by) * 2n;
  const isUp = twice > by || (twice === by && quotient % 2n !== 0n);
  if (!isUp) return { unscaled: quotient, scale };
  return { unscaled: unscaled < 0n ? quotient - 1n : quotient + 1n, scale };
}

/** Moved by each number for its part, so that it has no more digits behind the point than the numbers. */
class DecimalAverage implements Accumulation {
  private average = zero;
  private count = 0n;

  add(number: Numeric): void {
    this.count += 1n;
    const away = subtractDecimals(number as Decimal, this.average);
    this.average = addDecimals(this.average, divide(away, this.count));
  }

  result(): Numeric {
    return this.average;
  }
}

export function sumOf(name: NumberName): AggregateState {
  if (name === 'decimal') return state(name, new DecimalSum());
  const isWhole = isInteger(name) || name === 'varint';
  return state(name, isWhole ? new IntegerSum() : new FloatingSum());
}

export function averageOf(name: NumberName): AggregateState {
  if (name === 'decimal') return state(name, new DecimalAverage());
  const isWhole = isInteger(name) || name === 'varint';
  return state(name, isWhole ? new IntegerAverage() : new FloatingAverage());
}
