"""`python -m pali_dataprep`."""

from pali_dataprep.cli import main

main()
