"""``python -m nnstudy``."""

from nnstudy.cli import main

if __name__ == "__main__":
    main()
