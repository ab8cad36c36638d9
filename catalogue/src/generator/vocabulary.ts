type Words = readonly [string, ...string[]];

/** A kind of shop shelf: what stands on it, what it is made of, how big it is, what is said of it, what it costs. */
export interface Category {
  readonly name: string;
  readonly things: Words;
  readonly materials: Words;
  readonly sizes: Words;
  readonly praises: Words;
  /** Least and most, in hundredths. */
  readonly price: readonly [number, number];
}

export const CATEGORIES: readonly [Category, ...Category[]] = [
  {
    name: 'Kitchen',
    things: ['saucepan', 'frying pan', 'stockpot', 'mixing bowl', 'colander', 'kettle', 'pepper mill', 'bread knife'],
    materials: ['stainless steel', 'cast iron', 'enamelled', 'copper', 'olive wood', 'stoneware', 'aluminium'],
    sizes: ['0.5 l', '1 l', '1.7 l', '3 l', '18 cm', '24 cm', '28 cm'],
    praises: [
      'The base spreads heat evenly, so that nothing burns at the rim.',
      'Goes into the dishwasher and comes out as it went in.',
      'The handle stays cool and is riveted, not glued.',
      'Fits induction, gas and the oven up to 240 °C.',
    ],
    price: [499, 18_999],
  },
  {
    name: 'Furniture',
    things: ['bookshelf', 'stool', 'coffee table', 'bench', 'wardrobe', 'desk', 'bed frame', 'coat rack'],
    materials: ['oak', 'ash', 'walnut', 'birch plywood', 'powder-coated steel', 'bamboo', 'pine'],
    sizes: ['40 × 40 cm', '80 × 30 cm', '120 × 60 cm', '90 × 200 cm', '140 × 200 cm', '160 × 75 cm'],
    praises: [
      'Comes in two parcels and stands after half an hour.',
      'Oiled by hand; a scratch is sanded out and oiled again.',
      'Carries 120 kg when it is fixed to the wall.',
      'All screws are hidden and can be tightened later.',
    ],
    price: [2_900, 149_900],
  },
  {
    name: 'Textiles',
    things: ['bath towel', 'duvet cover', 'cushion', 'table runner', 'curtain', 'blanket', 'apron', 'tea towel'],
    materials: ['linen', 'organic cotton', 'merino', 'recycled polyester', 'hemp', 'cotton satin'],
    sizes: ['45 × 45 cm', '50 × 70 cm', '70 × 140 cm', '135 × 200 cm', '155 × 220 cm'],
    praises: [
      'Softer with each wash, and hardly needs an iron.',
      'Woven in a mill that dyes with closed water circuits.',
      'The seams are double, the corners are reinforced.',
      'Washable at 60 °C; shrinks by less than 2 %.',
    ],
    price: [690, 24_900],
  },
  {
    name: 'Tools',
    things: [
      'claw hammer',
      'hand saw',
      'spirit level',
      'chisel',
      'torque wrench',
      'clamp',
      'block plane',
      'tape measure',
    ],
    materials: ['forged steel', 'chrome vanadium', 'hickory', 'beech', 'fibreglass', 'anodised aluminium'],
    sizes: ['12 mm', '20 mm', '300 mm', '450 mm', '600 mm', '5 m', '½ inch'],
    praises: [
      'Hardened to 58 HRC and ground on both faces.',
      'Lies in the hand so that an afternoon of work does not tire it.',
      'Calibrated; the certificate is in the box.',
      'Spare parts are kept for twenty years.',
    ],
    price: [790, 32_900],
  },
  {
    name: 'Outdoor',
    things: [
      'tent',
      'sleeping bag',
      'rucksack',
      'head torch',
      'camping stove',
      'water bottle',
      'rain jacket',
      'hammock',
    ],
    materials: ['ripstop nylon', 'titanium', 'waxed cotton', 'down-filled', 'silicone-coated', 'polycarbonate'],
    sizes: ['1 person', '2 persons', '25 l', '45 l', '0.75 l', 'size M', 'size XL'],
    praises: [
      'Tested for a week of rain in the Scottish Highlands.',
      'Packs to the size of a loaf of bread.',
      'Zips and buckles can be exchanged without a needle.',
      'Warm down to −5 °C by the standard, not by hope.',
    ],
    price: [1_290, 59_900],
  },
  {
    name: 'Stationery',
    things: ['notebook', 'fountain pen', 'pencil set', 'ring binder', 'letter opener', 'desk pad', 'envelope pack'],
    materials: ['recycled paper', 'cloth-bound', 'brass', 'cedar', 'felt', 'leather', 'cotton rag'],
    sizes: ['A4', 'A5', 'A6', '12 pieces', '48 pieces', 'fine nib', 'medium nib'],
    praises: [
      'The paper takes ink without feathering or bleeding.',
      'Lies flat when it is open, from the first page to the last.',
      'Bound with thread; no page comes loose.',
      'Refills are common ones and will be for a long time.',
    ],
    price: [190, 8_900],
  },
];

export const STYLES: Words = [
  ...['Halden', 'Brisa', 'Norrvik', 'Tamar', 'Oriel', 'Kestrel', 'Vesper', 'Lumen'],
  ...['Marlow', 'Sorrel', 'Juniper', 'Arden', 'Pilgrim', 'Cove', 'Ember', 'Fjell'],
] as unknown as Words;

export const COLOURS: Words = [
  ...['sand', 'slate', 'moss', 'ivory', 'rust', 'ink blue', 'graphite', 'natural', 'sea green', 'brick red'],
] as unknown as Words;
