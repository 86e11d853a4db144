module runcfix

go 1.22
