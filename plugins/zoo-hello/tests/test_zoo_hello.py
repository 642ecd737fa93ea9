"""The architecture keeps the contract of the zoo. It must be installed: pip install -e '.[test]'"""

from zoo.testing import parametrize_with_checks


@parametrize_with_checks(architectures=["hello"])
def test_contract(check):
    check()
