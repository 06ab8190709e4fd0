import sys

from podpipe.cli import main

sys.exit(main())
