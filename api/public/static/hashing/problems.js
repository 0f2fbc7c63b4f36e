/** Why a file could not be hashed here. The page has a sentence for each name. */

export class HashingProblem extends Error {
  /** @param {"empty" | "too-large" | "too-many-pixels" | "not-a-picture" | "undecodable" | "disguised" | "insecure"} name */
  constructor(name) {
    super(name);
    this.name = name;
  }
}
