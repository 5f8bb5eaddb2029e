#!/usr/bin/env python3
"""python3 tests/golden/make_einsum.py > tests/golden/einsum.txt: Einstein's notation. The integer of
a case is the number of its equation, here and in test_einsum.c."""
import torch

from golden import case, done, values

equations = [
    ('ij,jk->ik', [(3, 4), (4, 2)]),
    ('bij,bjk->bik', [(2, 3, 4), (2, 4, 2)]),
    ('i,j', [(3,), (4,)]),
    ('ij,ij->i', [(3, 4), (3, 4)]),
    ('ii', [(3, 3)]),
    ('iji->ji', [(2, 3, 2)]),
    ('ij->', [(3, 4)]),
    ('ji', [(3, 4)]),
    ('...ij,...jk', [(2, 1, 2, 3), (2, 3, 2)]),
    ('i...,i...->...', [(3, 2), (3, 1)]),
    ('bi,bj,oij->bo', [(2, 3), (2, 2), (4, 3, 2)]),
    ('bhqd,bhkd->bhqk', [(2, 2, 3, 4), (2, 2, 2, 4)]),
    ('ij,ij->j', [(1, 3), (2, 3)]),
    ('ab,bc,cd,da->', [(2, 3), (3, 2), (2, 2), (2, 2)]),
    ('aBc', [(2, 3, 2)]),
]
for number, (equation, shapes) in enumerate(equations):
    case("einsum", lambda *x: torch.einsum(equation, *x), [values(s) for s in shapes], (number,))

done()
