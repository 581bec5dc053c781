/** How near two vectors of floats are, between 0 and 1, as Cassandra 5.0 counts it. */
import { invalid } from '../../errors.ts';
import type { CqlType, Value, VectorType } from '../../types/api.ts';
import { bytesOfFloat32, float32At } from '../../types/binary.ts';
import type { ScalarFunction } from '../api.ts';
import { native, scalar } from './make.ts';

type Similarity = (dot: number, left: number, right: number, distance: number) => number;

const similarities: ReadonlyMap<string, Similarity> = new Map<string, Similarity>([
  ['similarity_cosine', (dot, left, right) => (1 + dot / Math.sqrt(left * right)) / 2],
  ['similarity_euclidean', (_dot, _left, _right, distance) => 1 / (1 + distance)],
  ['similarity_dot_product', (dot) => (1 + dot) / 2],
]);

export const similarityNames: ReadonlySet<string> = new Set(similarities.keys());

export function isFloatVector(type: CqlType | undefined): type is VectorType {
  return type?.kind === 'vector' && type.element.kind === 'native' && type.element.name === 'float';
}

export function similarityFunction(name: string, type: VectorType): ScalarFunction {
  const similarity = similarities.get(name)!;
  const parts = { name, argumentTypes: [type, type], returnType: native('float') };
  return scalar(parts, (a: Value, b: Value) => {
    let dot = 0;
    let left = 0;
    let right = 0;
    let distance = 0;
    for (let at = 0; at < type.dimension * 4; at += 4) {
      const x = float32At(a, at);
      const y = float32At(b, at);
      dot += x * y;
      left += x * x;
      right += y * y;
      distance += (x - y) ** 2;
    }
    if (name === 'similarity_cosine' && (left === 0 || right === 0))
      throw invalid(`Function system.${name} doesn't support all-zero vectors.`);
    return bytesOfFloat32(similarity(dot, left, right, distance));
  });
}
