/**
 * Sums of products in as few products as there can be. A quadratic form over GF(2) of rank 2r is the sum of r products of linear
 * forms and no fewer (Dickson, "Linear groups", 1901; for circuits: Mirwald, Schnorr, "The multiplicative complexity of quadratic
 * Boolean forms", 1992): x y + x z + y z, the majority, is (x + z)(y + z) + z.
 *
 * Linear forms are sets of variables as bits of a bigint.
 */

export interface Affine {
  readonly variables: bigint;
  readonly constant: number;
}

export interface Sum {
  /** Pairs of linear forms that are multiplied. */
  readonly products: readonly (readonly [bigint, bigint])[];
  /** What is added to the products. */
  readonly rest: Affine;
}

/** @param factors pairs of affine forms, the sum of whose products is wanted */
export function fewestProducts(factors: readonly (readonly [Affine, Affine])[], variables: number): Sum {
  const form = new QuadraticForm(variables);
  for (const [a, b] of factors) form.add(a, b);
  return form.decompose();
}

class QuadraticForm {
  /** By variable: those with which it is multiplied. Symmetric. */
  private readonly partners: bigint[];
  private linear = 0n;
  private constant = 0;

  constructor(variables: number) {
    this.partners = Array<bigint>(variables).fill(0n);
  }

  add(a: Affine, b: Affine): void {
    this.addProduct(a.variables, b.variables);
    if (a.constant === 1) this.linear ^= b.variables;
    if (b.constant === 1) this.linear ^= a.variables;
    this.constant ^= a.constant & b.constant;
  }

  /** Takes one product after the other out, and with it two variables. */
  decompose(): Sum {
    const products: (readonly [bigint, bigint])[] = [];
    for (let i = 0; i < this.partners.length; i++) {
      const ofI = this.partners[i]!;
      if (ofI === 0n) continue;
      const j = lowestBit(ofI);
      // x_i x_j + x_i A + x_j B = (x_i + B)(x_j + A) + A B
      const left = this.partners[j]!;
      const right = ofI;
      products.push([left, right]);
      this.addProduct(left, right);
    }
    return { products, rest: { variables: this.linear, constant: this.constant } };
  }

  private addProduct(a: bigint, b: bigint): void {
    for (const i of bitsOf(a)) this.partners[i]! ^= b;
    for (const i of bitsOf(b)) this.partners[i]! ^= a;
    // A variable times itself is that variable, and no partner of itself: it was added twice.
    this.linear ^= a & b;
  }
}

function lowestBit(set: bigint): number {
  return bitsOf(set).next().value!;
}

export function* bitsOf(set: bigint): Generator<number, undefined> {
  for (let rest = set, at = 0; rest !== 0n; rest >>= 1n, at++) if ((rest & 1n) === 1n) yield at;
  return undefined;
}
