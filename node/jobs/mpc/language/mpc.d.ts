// biome-ignore-all lint/suspicious/noRedeclare: an integer type and its cast have one name
/**
 * What a circuit source imports, for editors and `tsc`. To them every integer is a number, so that operators work; widths, ranges and
 * lengths are checked by the compiler of circuits, which also reads type parameters as they are used here.
 */
declare module 'hypergate:mpc' {
  export type u1 = number;
  export type u2 = number;
  export type u4 = number;
  export type u8 = number;
  export type u16 = number;
  export type u24 = number;
  export type u32 = number;
  export type u48 = number;
  export type u64 = number;
  export type u96 = number;
  export type u128 = number;
  export type u256 = number;
  export type u512 = number;
  export type i1 = number;
  export type i2 = number;
  export type i4 = number;
  export type i8 = number;
  export type i16 = number;
  export type i24 = number;
  export type i32 = number;
  export type i48 = number;
  export type i64 = number;
  export type i96 = number;
  export type i128 = number;
  export type i256 = number;
  export type i512 = number;
  /** An unsigned integer of N bits, 1 to 1,024. */
  export type uint<N extends number> = N extends number ? number : never;
  /** A two's complement integer of N bits, 1 to 1,024. */
  export type int<N extends number> = N extends number ? number : never;
  export type bool = boolean;
  /** N values of one type. */
  export type FixedArray<T, N extends number> = N extends number ? T[] : never;

  /** What can be cast: an integer is cut or extended, a boolean becomes 0 or 1, a constant has to fit. */
  type Castable = number | bigint | boolean;

  export function u1(value: Castable): u1;
  export function u2(value: Castable): u2;
  export function u4(value: Castable): u4;
  export function u8(value: Castable): u8;
  export function u16(value: Castable): u16;
  export function u24(value: Castable): u24;
  export function u32(value: Castable): u32;
  export function u48(value: Castable): u48;
  export function u64(value: Castable): u64;
  export function u96(value: Castable): u96;
  export function u128(value: Castable): u128;
  export function u256(value: Castable): u256;
  export function u512(value: Castable): u512;
  export function i1(value: Castable): i1;
  export function i2(value: Castable): i2;
  export function i4(value: Castable): i4;
  export function i8(value: Castable): i8;
  export function i16(value: Castable): i16;
  export function i24(value: Castable): i24;
  export function i32(value: Castable): i32;
  export function i48(value: Castable): i48;
  export function i64(value: Castable): i64;
  export function i96(value: Castable): i96;
  export function i128(value: Castable): i128;
  export function i256(value: Castable): i256;
  export function i512(value: Castable): i512;
  export function uint<N extends number>(value: Castable): uint<N>;
  export function int<N extends number>(value: Castable): int<N>;
  /** Whether an integer is not zero. */
  export function bool(value: Castable): bool;

  export function min(a: number, b: number, ...more: number[]): number;
  export function max(a: number, b: number, ...more: number[]): number;
  /** Of a signed integer; the least one, which has no opposite, stays what it is. */
  export function abs(value: number): number;
  /** How many bits are one, in the width of the value. */
  export function popcount(value: number): number;
  /** By a number or an unsigned integer, modulo the width. */
  export function rotateLeft(value: number, by: number): number;
  export function rotateRight(value: number, by: number): number;
  /** Of an integer of whole bytes. */
  export function reverseBytes(value: number): number;
  /** An unsigned integer of both widths together. */
  export function concatBits(high: number, low: number): number;

  /** Whether two values of any one type are the same in every part. */
  export function equal<T>(a: T, b: T): bool;
  /** A value of which all bits are zero. */
  export function zero<T>(): T;
  /** An array of N times the same value. */
  export function fill<T, N extends number>(value: T): FixedArray<T, N>;
  /** Elements from one place to before another: constants. */
  export function slice<T>(array: T[], from: number, to: number): T[];

  /** The least significant bit first. */
  export function toBits(value: number): bool[];
  export function fromBits<T extends number>(bits: bool[]): T;
  /** Big-endian: the first byte is the most significant. */
  export function toBytesBE(value: number): u8[];
  export function toBytesLE(value: number): u8[];
  export function fromBytesBE<T extends number>(bytes: u8[]): T;
  export function fromBytesLE<T extends number>(bytes: u8[]): T;
  /** The bytes of a text. */
  export function utf8(text: string): u8[];
  /** The bytes that hexadecimal digits say. */
  export function hex(digits: string): u8[];

  /** FIPS 180-4: 32 bytes. */
  export function sha256(message: u8[]): u8[];
  /** FIPS 180-4: 64 bytes. */
  export function sha512(message: u8[]): u8[];
  /** RFC 2104 with SHA-256: 32 bytes. */
  export function hmacSha256(key: u8[], message: u8[]): u8[];
  /** FIPS 197: one block of 16 bytes under a key of 16 bytes. */
  export function aes128(key: u8[], block: u8[]): u8[];
  /** FIPS 197: one block of 16 bytes under a key of 32 bytes. */
  export function aes256(key: u8[], block: u8[]): u8[];
}
