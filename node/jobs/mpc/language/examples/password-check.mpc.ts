/**
 * Whether a password is the one whose salted SHA-256 the server keeps, without the server seeing the password or the client the
 * digest. (One SHA-256 is no password hash for storage: anyone who steals the digests can try many passwords.)
 */
import { equal, type FixedArray, sha256, type u8, utf8 } from 'hypergate:mpc';

type Password = FixedArray<u8, 24>;
type Salt = FixedArray<u8, 16>;
type Digest = FixedArray<u8, 32>;

export default function main(client: { password: Password }, server: { salt: Salt; digest: Digest }) {
  const digest = sha256([...utf8('password:'), ...server.salt, ...client.password]);
  return { all: { accepted: equal(digest, server.digest) } };
}
