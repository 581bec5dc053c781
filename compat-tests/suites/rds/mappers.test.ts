/** Object mappers: they read the catalogue, make and change tables, and hold pools. */
import 'reflect-metadata';
import { DataTypes, Model, Op, Sequelize, UniqueConstraintError } from 'sequelize';
import { DataSource, EntitySchema } from 'typeorm';
import { expect, it } from 'vitest';
import { rdsSuite } from './suite.ts';

const suite = rdsSuite();

it('sequelize: sync, associations, transactions, unique errors', async () => {
  const db = new Sequelize(suite.url, { logging: false, pool: { max: 4 } });
  class Author extends Model {}
  class Book extends Model {}
  Author.init(
    { name: { type: DataTypes.STRING, unique: true }, born: DataTypes.DATEONLY },
    { sequelize: db, modelName: 'author' },
  );
  Book.init(
    { title: DataTypes.TEXT, price: DataTypes.DECIMAL(10, 2), tags: DataTypes.ARRAY(DataTypes.TEXT) },
    { sequelize: db, modelName: 'book' },
  );
  Author.hasMany(Book);
  Book.belongsTo(Author);
  await db.sync({ force: true });
  await db.sync({ alter: true });
  const author = await Author.create({ name: 'A', born: '1950-01-02' });
  await db.transaction(async (transaction) => {
    await Book.create(
      { title: 'one', price: '12.50', tags: ['x', "y'z"], authorId: author.get('id') },
      { transaction },
    );
  });
  await expect(
    db.transaction(async (transaction) => {
      await Book.destroy({ where: {}, transaction });
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  const found = await Book.findOne({ where: { tags: { [Op.contains]: ["y'z"] } }, include: Author });
  expect(found?.get({ plain: true })).toMatchObject({
    title: 'one',
    price: '12.50',
    author: { name: 'A', born: '1950-01-02' },
  });
  await expect(Author.create({ name: 'A' })).rejects.toBeInstanceOf(UniqueConstraintError);
  await db.close();
});

interface City {
  id: number;
  name: string;
  people: string;
  facts: { river: string } | null;
}

it('typeorm: schema synchronisation twice, repositories, query builder, transactions', async () => {
  const cities = new EntitySchema<City>({
    name: 'city',
    columns: {
      id: { type: 'int', primary: true, generated: true },
      name: { type: 'varchar', unique: true },
      people: { type: 'bigint' },
      facts: { type: 'jsonb', nullable: true },
    },
  });
  const open = () =>
    new DataSource({ type: 'postgres', url: suite.url, entities: [cities], synchronize: true }).initialize();
  await (await open()).destroy();
  const source = await open();
  const repository = source.getRepository(cities);
  await repository.save([
    { name: 'Basel', people: '175000', facts: { river: 'Rhine' } },
    { name: 'Bern', people: '134000', facts: null },
  ]);
  await expect(
    source.transaction(async (manager) => {
      await manager.delete(cities, { name: 'Bern' });
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  const rows = await repository
    .createQueryBuilder('c')
    .where("c.facts ->> 'river' = :river", { river: 'Rhine' })
    .getMany();
  expect(rows).toMatchObject([{ name: 'Basel', people: '175000' }]);
  expect(await repository.count()).toBe(2);
  await source.destroy();
});
