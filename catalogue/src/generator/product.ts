import { createRandom, type Random } from './random.ts';
import { CATEGORIES, COLOURS, STYLES } from './vocabulary.ts';

export interface GeneratedProduct {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly price: string;
}

/**
 * A product that could be in a shop, the same for the same seed and number.
 * @param number from 1; names and descriptions of different numbers are never equal
 */
export function generateProduct(seed: number, number: number): GeneratedProduct {
  const random = createRandom(seed, number);
  const category = random.pick(CATEGORIES);
  const style = random.pick(STYLES);
  const thing = random.pick(category.things);
  const material = random.pick(category.materials);
  const size = random.pick(category.sizes);
  const colour = random.pick(COLOURS);
  const article = `${style.slice(0, 2).toUpperCase()}-${number.toString(36).toUpperCase().padStart(4, '0')}`;
  const praise = random.pick(category.praises);
  return {
    key: `generated-${seed}-${number}`,
    name: `${style} ${material} ${thing}, ${size}, ${article}`,
    description: `${category.name}. ${capitalised(thing)} of our ${style} range, ${material}, in ${colour} (${size}). ${praise} Article ${article}.`,
    price: priceWithin(random, category.price),
  };
}

/** Small prices are more frequent, and most end as prices do; all whole numbers of hundredths, so all exact. */
function priceWithin(random: Random, [least, most]: readonly [number, number]): string {
  const share = random.below(1_000) * random.below(1_000);
  const plain = least + Math.floor(((most - least) * share) / 1_000_000);
  const ending = random.pick([99, 95, 90, 50, 0, plain % 100]);
  const hundredths = plain - (plain % 100) + ending;
  return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`;
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
